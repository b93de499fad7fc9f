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

from genaug import Architecture, Context, Generator, Plan, Regularizer, Sampler, Use, adversarial
from genaug.adversarial import LOSSES, Evaluation, LossName, Precision, Schedule, Start
from genaug.adversarial.draws import Draw
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError, MissingWeights
from genaug_plugins.generators.held_out import BY, HeldOut, held_apart

GENERATOR = "generator.safetensors"
DISCRIMINATOR = "discriminator.safetensors"
RECORD = "gan.json"
BATCH = 256


class GanGenerator(Generator):
    """Train a class-conditional GAN on the training view.

    Adam, one update of either network a step; samples come from the averaged weights. Started by
    ``torchrun``, all its processes share each batch.
    """

    name: ClassVar[str] = "gan"

    architecture: Use[Architecture] = Field(default={"use": "dcgan"}, validate_default=True)
    """The two networks."""
    loss: LossName = "non-saturating"
    """What the networks minimize; `wasserstein` needs a regularizer that bounds the discriminator."""
    steps: int = Field(default=3000, ge=1)
    """Updates of either network."""
    batch_size: int = Field(default=64, ge=1)
    """Samples of a batch, over all processes, drawn with replacement; may be larger than the data."""
    accumulate: int = Field(default=1, ge=1)
    """Parts that a batch is taken in, one behind the other, to save memory."""
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
    precision: Precision = "float32"
    """Of the networks' passes; bfloat16 is faster where the hardware has it, and coarser."""
    channels_last: bool = False
    """Keep images channels-last in memory; often faster in bfloat16 and on GPUs."""
    compile: bool = False
    """Compile the networks, the discriminator only where no penalty differentiates it twice."""
    hold_out: float = Field(default=0.0, ge=0, le=0.5)
    """Share of each class's training samples to choose the best moment by instead of learning from it;
    0: the last moment is kept."""
    evaluate_every: int = Field(default=250, ge=1)
    """With hold_out: steps between two measurements, at least; they happen at logged steps."""
    start: Path | None = None
    """Folder of a fitted gan, to begin with its networks instead of random ones."""
    freeze_discriminator: int = Field(default=0, ge=0)
    """Stages of the discriminator, from the samples on, that keep their weights (FreezeD)."""
    rollbacks: int = Field(default=3, ge=0)
    """How often a training that diverges goes back to its last good checkpoint and on at half the rates."""
    log_every: int = Field(default=10, ge=1)
    """Steps between two entries of the history."""
    checkpoint_every: int = Field(default=250, ge=1)
    """Steps between two checkpoints; a killed fit goes on from the last one."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"betas must lie in [0, 1), not {self.betas}")
        if self.accumulate > self.batch_size:
            raise ValueError(
                f"accumulate ({self.accumulate}) must not be above batch_size ({self.batch_size})"
            )
        if self.freeze_discriminator and self.start is None:
            raise ValueError("freeze_discriminator freezes learned weights: name the fit in `start`")
        chain, signed = self.regularizers, LOSSES[self.loss].signed
        for index, regularizer in enumerate(chain):
            regularizer.check_plan(Plan(self.loss, signed, chain[:index], chain[index + 1 :]))
        return self

    def reads(self) -> tuple[Path, ...]:
        """Return the files of the fit it starts from."""
        return () if self.start is None else (self.start / GENERATOR, self.start / DISCRIMINATOR)

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse a start that is no fitted gan."""
        for path in self.reads():
            if not path.is_file():
                raise MissingWeights(
                    f"start: there is no {path.name} in {path.parent}: name the folder of a fitted gan, e.g. "
                    "runs/NAME/store/fit-…"
                )

    def fit(self, train: TrainView, context: Context) -> "GanSampler":
        """Train the networks; resumes bitwise where a killed fit left a checkpoint.

        Raises:
            DataError: where the view is empty, too small to hold samples out, or the architecture
                cannot make its samples.
            TrainingDiverged: where it diverged before its first checkpoint, each time it was tried.
        """
        self.check_usable(train.spec)
        learned, evaluation = train, None
        if self.hold_out:
            learned, held_out = held_apart(train, self.hold_out, context.rng("hold out"))
            evaluation = Evaluation(HeldOut(held_out, context), by=BY, every=self.evaluate_every)
        start = Start()
        if self.start is not None:
            generator, discriminator = (load_file(path) for path in self.reads())
            start = Start(generator, discriminator, self.freeze_discriminator)
        schedule = Schedule(
            steps=self.steps,
            batch_size=self.batch_size,
            generator_rate=self.learning_rate,
            discriminator_rate=self.discriminator_learning_rate or self.learning_rate,
            betas=self.betas,
            loss=self.loss,
            half_life=self.ema_half_life,
            labels=self.labels,
            log_every=self.log_every,
            checkpoint_every=self.checkpoint_every,
            accumulate=self.accumulate,
            precision=self.precision,
            channels_last=self.channels_last,
            compile=self.compile,
            rollbacks=self.rollbacks,
        )
        trained = adversarial.train(
            self.architecture,
            self.regularizers,
            learned,
            schedule,
            context,
            start=start,
            evaluation=evaluation,
        )
        return GanSampler(
            train.spec,
            trained.generator,
            trained.discriminator,
            trained.condition_dim,
            sorted({int(label) for label in learned.samples.labels}),
            trained.history,
            trained.warnings,
        )

    def load(self, folder: Path) -> "GanSampler":
        """Read back a sampler, onto the CPU."""
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        spec = SampleSpec.model_validate(record["spec"])
        with torch.random.fork_rng(devices=[]):  # making networks draws their first weights
            networks = self.architecture.networks(spec, record["condition_dim"])
        for network, file in zip(networks, (GENERATOR, DISCRIMINATOR), strict=True):
            network.load_state_dict(load_file(folder / file))
            network.requires_grad_(False).eval()
        return GanSampler(
            spec,
            *networks,
            record["condition_dim"],
            record["classes"],
            record["history"],
            record["warnings"],
        )


class GanSampler(Sampler):
    """Draw from a trained generator network.

    Args:
        spec: what its samples are.
        network: ``(latents [N, Z], labels [N]) -> values``, in evaluation mode.
        discriminator: ``(values, labels, condition [N, K]) -> logits``, as it was when training ended.
        condition_dim: K.
        classes: the labels it was trained on.
        history: what was logged while it was trained.
        warnings: what a person should know of the training.
    """

    capabilities = frozenset({"class-conditional", "latent"})

    def __init__(
        self,
        spec: SampleSpec,
        network: nn.Module,
        discriminator: nn.Module,
        condition_dim: int,
        classes: Sequence[int],
        history: Mapping[str, Sequence[float]],
        warnings: Sequence[str] = (),
    ) -> None:
        self.spec = spec
        self.history = history
        self.warnings = warnings
        self.latent_dim: int = int(network.latent_dim)  # type: ignore[arg-type]
        self._network = network
        self._discriminator = discriminator
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
        """Write both networks' weights, and what it takes to build them again."""
        for network, file in ((self._network, GENERATOR), (self._discriminator, DISCRIMINATOR)):
            weights = {name: tensor.cpu().contiguous() for name, tensor in network.state_dict().items()}
            save_file(weights, folder / file)
        record = {
            "spec": self.spec.model_dump(mode="json"),
            "condition_dim": self._condition_dim,
            "classes": self._classes,
            "history": {name: list(column) for name, column in self.history.items()},
            "warnings": list(self.warnings),
        }
        (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
