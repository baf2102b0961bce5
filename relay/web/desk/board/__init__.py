"""The organizer's board: a page, a report of one sheet, and tables to take away."""
