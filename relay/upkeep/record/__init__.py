"""The chained record of the installation: whether it is whole, and its heads, which lie elsewhere too."""
