"""Studies: arms of one pipeline, repeated over seeds, and the tables that compare them.

A study is a file; `genaug bench STUDY.yaml` executes its runs and writes its page. `study` reads the file,
`plan` plans the runs, `results` makes the record, `page` the page.
"""
