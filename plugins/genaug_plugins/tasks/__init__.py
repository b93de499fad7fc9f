"""Tasks: the downstream job."""
