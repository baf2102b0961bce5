"""What the command line does, for programs: the same services, the same JSON, by tokens of people."""
