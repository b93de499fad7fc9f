"""Finished runs, as Python and notebooks read them."""
