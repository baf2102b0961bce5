"""How the command line asks, shows and refuses."""
