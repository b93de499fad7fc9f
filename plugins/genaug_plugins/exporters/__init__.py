"""Exporters: write the results of a run."""
