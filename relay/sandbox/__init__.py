"""Small social networks on loopback that answer like the real ones."""
