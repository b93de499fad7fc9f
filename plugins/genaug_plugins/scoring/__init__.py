"""Scores of candidates, shared by the selectors."""
