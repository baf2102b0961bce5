"""What the post says, proposed: name, town, district, age and text of a clip, each with the words that it came from.

Rules over words, the campaign's own towns and GeoNames; nothing is ever written by itself. `propose` is the pure core;
`service` reads a clip's words from the database and takes what a person took.
"""
