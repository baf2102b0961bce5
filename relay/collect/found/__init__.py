"""The posts that were found, as people read them: with our tag, and with one that only looks like it."""
