"""One clip at a time: its page, the way to the next one, and what is seen beside it."""
