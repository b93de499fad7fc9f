"""Extractors: feature spaces in which samples are compared."""
