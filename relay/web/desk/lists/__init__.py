"""Clips and posts of a campaign as lists: searched, filtered, and acted on many at once."""
