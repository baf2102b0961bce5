"""A film for other people's programs, so that it looks and sounds there as it does here."""
