"""Experiments: arms compared over seeds or chains, and written as pages.

`runs` describes the runs of an experiment, `runner` executes them, `outcomes` reads and compares their
figures, `experiment` writes the page. An experiment adds its config, the runs that it plans, its record and
a template. `study` compares arms of one pipeline over seeds (`genaug bench`). `selector_comparison` compares
chains of selectors on one pool (`genaug compare-selectors`).
"""
