"""Arithmetic of ffmpeg's filters: sizes, colours, resampling."""
