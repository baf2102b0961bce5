"""The compositor; knows no database.

A film as a timeline, what ffmpeg is asked for each shot, shots that are kept, sound, and the file that comes of it.
"""
