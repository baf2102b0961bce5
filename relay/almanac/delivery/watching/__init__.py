"""Films that are watched while they are made."""
