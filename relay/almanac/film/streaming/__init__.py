"""A film that is watched while it is made: its finished shots as parts that a browser plays. No database."""
