"""Generators: what learns the training view."""
