"""Which text is read in words that were heard, and when each of its sentences is. Pure."""
