"""Sources: where the data comes from."""
