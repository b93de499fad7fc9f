"""Extractors: the spaces in which samples are compared."""
