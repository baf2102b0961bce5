"""Programs that open foreign files or addresses, each in a process behind walls."""
