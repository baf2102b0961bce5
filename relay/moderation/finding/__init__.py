"""Clips by the hundred: found by words and filters, kept as views, and decided, corrected or tagged all at once."""
