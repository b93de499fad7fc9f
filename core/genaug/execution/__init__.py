"""Execution: executors, the store of artifacts, and the records of a run."""
