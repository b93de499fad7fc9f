"""Adversarial training: the loop that architectures and regularizers plug into."""

from genaug.adversarial.loop import Schedule, Trained, train

__all__ = ["Schedule", "Trained", "train"]
