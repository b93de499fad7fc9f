"""Selector comparisons: one frozen pool, one downstream protocol, many chains of selectors.

`config` says what is asked, `contenders` proposes chains where none are named, `chains` makes
stages of them that may fail alone, `comparing` is the stage that compares, `run` runs the job,
`results`, `page` and `publish` write what came out.
"""
