"""Strategies: the numbers of samples to generate."""
