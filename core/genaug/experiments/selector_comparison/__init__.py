"""Selector comparisons: one frozen pool, one downstream protocol, many chains of selectors.

`config` says what is asked, `contenders` thinks of chains where none are named, `chains` makes
steps of them that may fail alone, `comparing` is the step that compares, `carry_out` runs the job,
`pages`, `markdown`, `forest` and `pictures` write what came out.
"""
