"""Drawn pictures; moviepy lives here.

Title, credits and other drawn pictures; moviepy lives here.
"""
