"""Pages on which an organizer opens a campaign and leads it."""
