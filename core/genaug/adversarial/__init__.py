"""Adversarial training: the loop that architectures and regularizers plug into."""

from genaug.adversarial.chain import Chain
from genaug.adversarial.choice import Evaluation
from genaug.adversarial.loop import Trained, train
from genaug.adversarial.losses import LOSSES, LossName
from genaug.adversarial.schedule import Precision, Schedule, Start

__all__ = ["LOSSES", "Chain", "Evaluation", "LossName", "Precision", "Schedule", "Start", "Trained", "train"]
