"""Plugins for genaug, as a third party would write them."""
