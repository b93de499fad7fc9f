"""A cache of features, and its files."""
