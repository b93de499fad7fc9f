"""Exporters: what is written out."""
