"""A person's own page, their second factor, and the accounts of everybody."""
