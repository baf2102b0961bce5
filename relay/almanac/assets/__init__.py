"""What editors add: quotes, music.

What editors add: quotes, pictures, music, cards, styles.
"""
