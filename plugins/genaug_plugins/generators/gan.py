"""A generator trained against a discriminator, with whatever regularizers are put on it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import torch
from pydantic import Field, model_validator
from safetensors.torch import load_file, save_file
from torch import nn

from genaug import Architecture, Context, Generator, Regularizer, Sampler, Use, adversarial
from genaug.adversarial.draws import Draw
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError

WEIGHTS = "generator.safetensors"
RECORD = "gan.json"
BATCH = 256


class GanGenerator(Generator):
    """Train a class-conditional GAN on the training view.

    Non-saturating losses (Goodfellow et al. 2014), Adam, one update of either network a step;
    samples come from the averaged weights.
    """

    name: ClassVar[str] = "gan"

    architecture: Use[Architecture] = Field(default={"use": "dcgan"}, validate_default=True)
    """The two networks."""
    steps: int = Field(default=3000, ge=1)
    """Updates of either network."""
    batch_size: int = Field(default=64, ge=1)
    """Samples of a batch, drawn with replacement; may be larger than the data."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Learning rate of the generator."""
    discriminator_learning_rate: float | None = Field(default=None, gt=0)
    """Learning rate of the discriminator; None: the generator's."""
    betas: tuple[float, float] = (0.0, 0.99)
    """Decay of Adam's first and second moment, each in [0, 1)."""
    labels: Draw = "balanced"
    """How classes are drawn, for real and fake alike: each class, or each sample, equally often."""
    ema_half_life: float = Field(default=50.0, ge=0)
    """Steps after which a weight counts half in the averaged generator; 0: no averaging."""
    regularizers: tuple[Use[Regularizer], ...] = ()
    """What makes it learn better from little data, applied in this order."""
    log_every: int = Field(default=10, ge=1)
    """Steps between two entries of the history."""
    checkpoint_every: int = Field(default=250, ge=1)
    """Steps between two checkpoints; a killed fit goes on from the last one."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"betas must lie in [0, 1), not {self.betas}")
        for index, regularizer in enumerate(self.regularizers):
            regularizer.check_chain(self.regularizers[:index])
        return self

    def fit(self, train: TrainView, context: Context) -> "GanSampler":
        """Train the networks; resumes bitwise where a killed fit left a checkpoint.

        Raises:
            DataError: where the view is empty or the architecture cannot make its samples.
            TrainingDiverged: where a loss became non-finite.
        """
        schedule = adversarial.Schedule(
            steps=self.steps,
            batch_size=self.batch_size,
            generator_rate=self.learning_rate,
            discriminator_rate=self.discriminator_learning_rate or self.learning_rate,
            betas=self.betas,
            half_life=self.ema_half_life,
            labels=self.labels,
            log_every=self.log_every,
            checkpoint_every=self.checkpoint_every,
        )
        trained = adversarial.train(self.architecture, self.regularizers, train, schedule, context)
        learned = sorted({int(label) for label in train.samples.labels})
        return GanSampler(train.spec, trained.generator, trained.condition_dim, learned, trained.history)

    def load(self, folder: Path) -> "GanSampler":
        """Read back a sampler, onto the CPU."""
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        spec = SampleSpec.model_validate(record["spec"])
        with torch.random.fork_rng(devices=[]):  # making networks draws their first weights
            network, _ = self.architecture.networks(spec, record["condition_dim"])
        network.load_state_dict(load_file(folder / WEIGHTS))
        network.requires_grad_(False).eval()
        return GanSampler(spec, network, record["condition_dim"], record["classes"], record["history"])


class GanSampler(Sampler):
    """Draw from a trained generator network.

    Args:
        spec: what its samples are.
        network: ``(latents [N, Z], labels [N]) -> values``, in evaluation mode.
        condition_dim: columns of the condition its discriminator was built for.
        classes: the labels it was trained on.
        history: what was logged while it was trained.
    """

    capabilities = frozenset({"class-conditional", "latent"})

    def __init__(
        self,
        spec: SampleSpec,
        network: nn.Module,
        condition_dim: int,
        classes: Sequence[int],
        history: Mapping[str, Sequence[float]],
    ) -> None:
        self.spec = spec
        self.history = history
        self.latent_dim = int(network.latent_dim)  # type: ignore[arg-type]
        self._network = network
        self._condition_dim = condition_dim
        self._classes = list(classes)

    @torch.no_grad()
    def sample(self, request: Request, rng: np.random.Generator) -> Samples:
        """Return `request.count` samples; latents are standard normal where none are given.

        Raises:
            DataError: where the class had no training samples, or the latents have another shape.
        """
        if request.label not in self._classes:
            known = ", ".join(self.spec.class_names[label] for label in self._classes)
            raise DataError(
                f"class {request.label} cannot be sampled: it had no training samples; "
                f"the classes learned are {known}"
            )
        latents = request.latents_or_normal(self.latent_dim, rng)
        device = next(self._network.parameters()).device
        codes = torch.from_numpy(np.ascontiguousarray(latents)).to(device)
        labels = torch.full((request.count,), request.label, device=device)
        values = torch.cat(
            [
                self._network(z, y).cpu()
                for z, y in zip(torch.split(codes, BATCH), torch.split(labels, BATCH), strict=True)
            ]
        )
        return Samples(values.numpy(), np.full(request.count, request.label, dtype=np.int64))

    def save(self, folder: Path) -> None:
        """Write the network's weights, and what it takes to build it again."""
        weights = {name: tensor.cpu().contiguous() for name, tensor in self._network.state_dict().items()}
        save_file(weights, folder / WEIGHTS)
        record = {
            "spec": self.spec.model_dump(mode="json"),
            "condition_dim": self._condition_dim,
            "classes": self._classes,
            "history": {name: list(column) for name, column in self.history.items()},
        }
        (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
