"""Files: vault, downloader, and the guarded children that open foreign ones."""
