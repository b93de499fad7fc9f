"""Studies: arms of one pipeline, repeated over seeds, and the tables that compare them.

A study is a file; `genaug bench STUDY.yaml` executes its runs and writes its page. `study` reads the
file, `runs` plans the runs, `schedule` executes them, `figures` reads their measurements, `results`
compares them, `page` and `publish` write the page.
"""
