"""Scores of candidates that several selectors share."""
