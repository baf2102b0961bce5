"""What goes on while the desk answers: films and exports that are made, readings that somebody asked for."""
