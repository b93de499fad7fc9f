"""The downstream comparison and its verdict."""
