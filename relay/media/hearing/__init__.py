"""What is said in a clip: the model that knows words, and the two children that listen. Extra `speech`."""
