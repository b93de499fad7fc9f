"""Strategies: how many of what are generated."""
