"""Pages on which a film becomes one: what it is made of, its cards, its look, who stands in its credits."""
