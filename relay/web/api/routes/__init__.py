"""One module for each kind of thing, as the groups of commands."""
