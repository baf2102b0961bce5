"""Pages of one film."""
