"""Which clips show one recording, as it is written down: kinships of two clips, and cards that several share; and where
the text is from that is read in one.

Found by relay/intake/kin.py, told and changed at the desk by relay/moderation/recordings.py. Knows neither.
"""
