"""A simulated desk: the real application and database, and people whose browsers lose connections and are closed."""
