"""Captions of clips: stored, timed by the sound, edited."""
