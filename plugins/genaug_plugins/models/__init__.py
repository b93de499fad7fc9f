"""Models: learn the predictions of a task."""
