"""What may be done with a clip: the campaign's rule, who said what, and whether a film may go out with it.

Every way out asks here (`gate.py`): approval, plan, preview, render, poster, exports, captions, versions, sign-offs.
"""
