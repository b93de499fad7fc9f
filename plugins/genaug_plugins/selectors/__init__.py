"""Selectors: which candidates are kept."""
