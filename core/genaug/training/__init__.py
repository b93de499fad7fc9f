"""What every iterative fit shares: settings, the loop, checkpoints, averages, batches, precision, processes.

Nothing here knows what kind of model is trained. A generator that learns step by step describes one
step as a `genaug.training.loop.TrainingRun` and hands it to `genaug.training.loop.train`.
"""
