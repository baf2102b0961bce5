"""Pages for participants and officials, without an account."""
