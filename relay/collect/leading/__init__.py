"""How an organizer opens a campaign and leads it, on the command line as in the browser."""
