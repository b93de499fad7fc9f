"""Causal language models: loading, training, sampling; shared by a generator and a strategy."""
