"""Experiments: many runs, or many chains of selectors, compared and written as pages.

`study` compares arms of one pipeline over seeds (`genaug bench`). `selector_comparison` compares chains
of selectors on one pool (`genaug compare-selectors`).
"""
