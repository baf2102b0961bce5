"""Where readers live: names of places with their coordinates, and the coasts around them."""
