"""The settings of a fine-tuning."""

from typing import Literal

from pydantic import Field

from genaug.training.config import TrainingConfig

Method = Literal["lora", "dreambooth-lora", "textual-inversion"]


class FineTune(TrainingConfig):
    """Settings of the fine-tuning of a pipeline on the training view; the pipeline's own weights stay.

    ``lora``: low-rank changes ΔW = BA of the attention layers, learned from images with the generator's
    prompt of their class (Hu et al. 2021, arXiv 2106.09685). ``dreambooth-lora``: the same, with a rare word
    before the class word, and images of the class that the pipeline made itself, so that it keeps what it
    knew (Ruiz et al. 2022, arXiv 2208.12242). ``textual-inversion``: one new word for each class, and nothing
    else (Gal et al. 2022, arXiv 2208.01618).
    """

    method: Method = "lora"
    """What is learned."""
    steps: int = Field(default=500, ge=1)
    """Updates of the weights."""
    batch_size: int = Field(default=4, ge=1)
    """Images of a batch, drawn with replacement."""
    learning_rate: float = Field(default=1e-4, gt=0)
    """Learning rate of Adam; about 1e-4 for LoRA, 5e-3 for textual inversion."""
    ema_half_life: float = Field(default=0.0, ge=0)
    """Steps after which a weight counts half in the averaged adapter; 0: no averaging."""
    rank: int = Field(default=8, ge=1)
    """Rank of BA."""
    rare_word: str = Field(default="sks", min_length=1)
    """dreambooth-lora: stands before the class word."""
    prior_images: int = Field(default=50, ge=1)
    """dreambooth-lora: images that the pipeline makes of each class."""
    prior_weight: float = Field(default=1.0, gt=0)
    """dreambooth-lora: weight of the loss on these."""
    checkpoint_every: int = Field(default=50, ge=1)
    """Steps between two checkpoints; an interrupted fit resumes from the last one."""
