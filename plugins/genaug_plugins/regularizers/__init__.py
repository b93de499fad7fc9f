"""Regularizers of adversarial training."""
