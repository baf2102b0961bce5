"""What the program calls by names of its own, in the words of people who are not engineers. All are message ids."""
