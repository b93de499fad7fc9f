"""Metrics: plain functions on feature arrays."""
