"""Features of samples, computed once: the cache and its files."""
