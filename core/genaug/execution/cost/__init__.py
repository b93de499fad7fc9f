"""The cost of a run, forecast before it: each stage is started on the real data and stopped early."""
