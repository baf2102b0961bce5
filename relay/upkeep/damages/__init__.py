"""What can be damaged in an installation, how it is found, and what is done about it: the parts of `relay doctor`."""
