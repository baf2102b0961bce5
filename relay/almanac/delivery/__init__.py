"""Renders, versions, sign-off: a film on its way to people.

Renders, versions, exports, remarks, sign-off: a film on its way to people.
"""
