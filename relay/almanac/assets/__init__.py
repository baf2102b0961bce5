"""What editors add: quotes, music, captions.

What editors add: quotes, pictures, music, captions, cards, styles.
"""
