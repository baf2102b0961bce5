"""A film's sound: mixed, ducked under speech, and encoded in chunks that are kept. No database."""
