"""Shared parts of iterative fits: settings, loop, checkpoints, averages, batches, precision, processes.

They are independent of the kind of model. A generator that learns step by step subclasses
`genaug.training.run.TrainingRun` and calls `genaug.training.loop.train` with it.
"""
