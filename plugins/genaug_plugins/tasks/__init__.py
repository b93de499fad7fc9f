"""Tasks: the downstream use of the data."""
