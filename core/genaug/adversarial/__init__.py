"""Adversarial training: the loop that architectures and regularizers plug into."""

from genaug.adversarial.loop import Trained, train
from genaug.adversarial.run import Schedule

__all__ = ["Schedule", "Trained", "train"]
