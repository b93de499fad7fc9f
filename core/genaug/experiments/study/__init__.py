"""Studies: arms of one pipeline, repeated over seeds, and the table that compares them.

A study is a file; `genaug bench STUDY.yaml` makes its runs and writes its table. `study` reads it,
`runs` says which runs it takes, `schedule` makes them, `figures` reads what they measured,
`results` compares, `table` and `sheet` write.
"""
