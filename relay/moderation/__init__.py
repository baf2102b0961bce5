"""What people decide.

What people decide about clips, and who these people are.
"""
