"""What cards, pictures and emblems will look like: small pictures for the desk, drawn by the film's own renderer."""
