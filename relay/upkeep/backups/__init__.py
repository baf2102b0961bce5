"""Backups: one file, or a folder that keeps each content once; sealed for whoever may read them, if that is wanted.

What belongs in one, how both forms are written and read, how one is brought back, which of many are kept.
"""
