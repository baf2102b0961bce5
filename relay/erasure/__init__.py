"""What is taken back is erased, everywhere: one walk over all that was made of a clip, which a kill at any step only
delays. What was erased is kept out by tombstones (relay/tombstones).
"""
