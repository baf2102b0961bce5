"""The desk and the public pages: requests in, services called, pages out."""
