"""Hooks: observers of a run."""
