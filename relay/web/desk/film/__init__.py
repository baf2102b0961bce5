"""Pages on which a film becomes one: what it is made of, its cards, its look, its credits; and how it goes out."""
