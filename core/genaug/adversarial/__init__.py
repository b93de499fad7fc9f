"""Adversarial training: the loop that architectures and regularizers plug into."""

from genaug.adversarial.chain import Chain
from genaug.adversarial.config import Precision, Schedule, Start
from genaug.adversarial.loop import Trained, train
from genaug.adversarial.losses import LOSSES, LossName
from genaug.training.best_checkpoint import Evaluation

__all__ = ["LOSSES", "Chain", "Evaluation", "LossName", "Precision", "Schedule", "Start", "Trained", "train"]
