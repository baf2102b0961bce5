"""Files in an object store that speaks S3, by obstore, with a cache on each host."""
