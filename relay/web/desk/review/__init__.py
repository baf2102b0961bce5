"""Pages about a second pair of eyes: questions to colleagues, clips returned to participants, second looks."""
