"""A second pair of eyes: colleagues' opinions, clips returned to their participants, second looks.

All of it stands beside the clip's state, in rows of its own; `turns` says what that means for the queue.
"""
