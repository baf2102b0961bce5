"""Captions of a clip on a timeline beside its sound, and those of a film in a list."""
