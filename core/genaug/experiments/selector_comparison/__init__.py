"""Selector comparisons: one frozen pool, one downstream protocol, many chains of selectors.

`config` is the config of a comparison, `contenders` proposes chains where none are named, `chains` makes
stages of them that may fail independently, `comparing` is the stage that compares, `run` runs the job,
`results`, `page` and `publish` write the results.
"""
