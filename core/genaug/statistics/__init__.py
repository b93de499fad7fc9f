"""Paired intervals, tests and corrections for many comparisons."""
