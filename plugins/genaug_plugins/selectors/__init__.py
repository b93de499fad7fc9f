"""Selectors: decide which candidates are kept."""
