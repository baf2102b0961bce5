"""Videos that people give without a social network."""
