"""Hooks: who is told what happens in a run."""
