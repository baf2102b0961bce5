"""Which text of the selection is read in a clip, found by the words that were heard."""
