"""Which clips, in which order.

Which clips, in which order: rules, edits, the editor's view.
"""
