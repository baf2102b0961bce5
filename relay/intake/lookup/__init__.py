"""Which recordings a new one has to be compared with, out of all: seeds by multi-index hashing, in files beside the
database that are made of its rows.
"""
