"""What keeps it alive.

Health, doctor, backup, notifications: what keeps an installation alive.
"""
