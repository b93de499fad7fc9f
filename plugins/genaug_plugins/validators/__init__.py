"""Validators: measure the quality of the candidates and whether they help a task."""
