"""Studies: arms of one pipeline, repeated over seeds, and the tables that compare them.

A study is a file; `genaug bench STUDY.yaml` makes its runs and writes its page. `study` reads it,
`runs` says which runs it takes, `schedule` makes them, `figures` reads what they measured,
`results` compares, `page` and `publish` write.
"""
