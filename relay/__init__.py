"""Relay runs a hashtag video relay, from the first post to the film on screen."""

__version__ = "0.3.0"
