"""Generators: learn the training view and generate samples."""
