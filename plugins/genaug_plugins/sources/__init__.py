"""Sources: read the data."""
