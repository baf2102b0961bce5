"""What was read, what may have been missed, and how much."""
