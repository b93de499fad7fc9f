"""Selector comparisons: one frozen pool, one downstream protocol, many chains of selectors.

`config` is the config of a comparison, `contenders` proposes chains where none are named, `run` makes the
pool and a run of each chain, `comparing` compares them, `results` and `page` write the results.
"""
