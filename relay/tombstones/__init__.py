"""What was erased stays away: keyed hashes of it, asked at every entrance, and a small file of them beside the backups.

Nothing of a video can be made out of a tombstone, and without the key of this installation nobody can ask one.
"""
