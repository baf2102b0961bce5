"""The author of a clip is asked what may be done with it: by a message to copy, with a link where they answer.

`wording.py` has the sentences, `links.py` the links, `answers.py` the author's side.
"""
