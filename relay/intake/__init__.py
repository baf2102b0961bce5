"""From videos to clips.

From a post's video or a hand-in to a clip that was looked at.
"""
