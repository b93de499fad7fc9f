"""A generative adversarial network with configurable regularizers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import Field, model_validator

from genaug import Architecture, Context, Generator, Regularizer, RegularizerContext, Use
from genaug.adversarial import LOSSES, AdversarialConfig
from genaug.data import DataFacts, SampleSpec, TrainView
from genaug.errors import MissingWeights
from genaug_plugins.generators.gan_files import DISCRIMINATOR, GENERATOR, RECORD

if TYPE_CHECKING:
    from torch import nn

    from genaug_plugins.generators.critic import Critic
    from genaug_plugins.generators.gan_sampler import GanSampler
    from genaug_plugins.generators.units import Units


class GanGenerator(AdversarialConfig, Generator):
    """Train a class-conditional GAN on the training view.

    A step is one Adam update of each network; samples come from the averaged weights. The processes of
    ``torchrun`` share each batch. Columns of vectors and channels of signals are learned in units of their
    standard deviation, so the unit of the data does not matter; training hooks see samples in these units.
    """

    name: ClassVar[str] = "gan"
    given_scores: ClassVar[frozenset[str]] = frozenset({"discriminator", "log_density_ratio"})
    given_capabilities: ClassVar[frozenset[str]] = frozenset({"class-conditional", "latent"})

    architecture: Use[Architecture] = Field(default={"use": "dcgan"}, validate_default=True)
    """Architecture of the generator and discriminator networks."""
    regularizers: tuple[Use[Regularizer], ...] = ()
    """Regularizers for training with little data, applied in this order."""
    hold_out: float = Field(default=0.0, ge=0, le=0.5)
    """Share of each class's training samples that is held out to choose the best weights; 0: the last weights
    are kept. The discriminator's density ratio is fitted on the held-out samples, or with 0 on its training
    samples, where it is overconfident."""
    evaluate_every: int = Field(default=250, ge=1)
    """With hold_out: minimum number of steps between two measurements, which are made at logged steps."""
    start: Path | None = None
    """Folder of a fitted gan whose networks are the initial weights."""
    start_is_disjoint: bool = False
    """State that `start` was fitted on no sample of this data. Needed only if its folder has no record of its
    training samples (training-ids.safetensors), so that this cannot be checked."""
    freeze_discriminator: int = Field(default=0, ge=0)
    """Number of stages of the discriminator, from the input, whose weights are frozen (FreezeD)."""

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if self.freeze_discriminator and self.start is None:
            raise ValueError(
                "freeze_discriminator freezes the weights of a fitted gan: name its folder in `start`"
            )
        chain, signed = self.regularizers, LOSSES[self.loss].signed
        for index, regularizer in enumerate(chain):
            regularizer.check_context(
                RegularizerContext(self.loss, signed, chain[:index], chain[index + 1 :])
            )
        return self

    def reads(self) -> tuple[Path, ...]:
        """Return the files of the fit it starts from."""
        return () if self.start is None else (self.start / GENERATOR, self.start / DISCRIMINATOR)

    @property
    def starts_from(self) -> Path | None:
        """Return the folder of the fit it starts from."""
        return self.start

    @property
    def states_disjoint_start(self) -> bool:
        """Return the setting `start_is_disjoint`."""
        return self.start_is_disjoint

    @property
    def uses_pipeline_extractor(self) -> bool:
        """Return whether the best weights are chosen by features of held-out samples."""
        return self.hold_out > 0

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error if `start` is not a fitted gan."""
        for path in self.reads():
            if not path.is_file():
                raise MissingWeights(
                    f"start: {path.name} does not exist in {path.parent}: name the folder of a fitted "
                    "gan, e.g. runs/NAME/store/fit-…"
                )

    def check_data(self, facts: DataFacts) -> tuple[str, ...]:
        """Raise an error if `hold_out` leaves too few samples to measure."""
        from genaug_plugins.generators.hold_out import check_held_out

        if self.hold_out and not facts.grouped:  # whole groups are held out, of any size
            check_held_out(facts.train.tolist(), self.hold_out)
        return ()

    def fit(self, train: TrainView, context: Context) -> GanSampler:
        """Train the networks; an interrupted fit resumes from its checkpoint, bitwise the same on the CPU.

        Raises:
            DataError: if the view is empty or too small to hold samples out, or the architecture does not
                support its samples.
            TrainingDiverged: if it diverged before its first checkpoint, and again after each rollback.
        """
        from safetensors.torch import load_file

        from genaug.adversarial import Start
        from genaug.adversarial import train as train_gan
        from genaug.training.best_checkpoint import Evaluation
        from genaug_plugins.generators.gan_sampler import GanSampler
        from genaug_plugins.generators.held_out import BY, HeldOut, split_held_out

        self.check_usable(train.spec)
        learned, held_out, evaluation = train, None, None
        if self.hold_out:
            learned, held_out = split_held_out(train, self.hold_out, context.rng("hold out"))
        units = self._units(learned)
        if held_out is not None:
            evaluation = Evaluation(HeldOut(held_out, context, units), by=BY, every=self.evaluate_every)
        start = Start()
        if self.start is not None:
            generator, discriminator = (load_file(path) for path in self.reads())
            start = Start(generator, discriminator, self.freeze_discriminator)
        trained = train_gan(
            self.architecture,
            self.regularizers,
            units.view(learned),
            self,
            context,
            start=start,
            evaluation=evaluation,
        )
        sampler = GanSampler(
            train.spec,
            trained.generator,
            self._critic(trained.discriminator, units.spec(train.spec)),
            trained.condition_dim,
            sorted({int(label) for label in learned.samples.labels}),
            trained.history,
            trained.warnings,
            units=units,
        )
        unseen = held_out is not None
        sampler.learn_ratio((held_out or learned).samples, unseen, context.rng("density ratio"))
        return sampler

    def load(self, folder: Path, context: Context) -> GanSampler:
        """Return a saved sampler, on the context's device."""
        import torch
        from safetensors.torch import load_file

        from genaug.adversarial.networks import build_networks
        from genaug_plugins.generators.density_ratio import DensityRatio
        from genaug_plugins.generators.gan_sampler import GanSampler
        from genaug_plugins.generators.units import Units

        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        spec = SampleSpec.model_validate(record["spec"])
        units = Units.of_record(record.get("units"))
        with torch.random.fork_rng(devices=[]):  # a new network draws its initial weights
            networks = build_networks(self.architecture, units.spec(spec), record["condition_dim"])
        for network, file in zip(networks, (GENERATOR, DISCRIMINATOR), strict=True):
            network.load_state_dict(load_file(folder / file))
            network.to(context.device).requires_grad_(False).eval()
        ratio = record.get("density_ratio")  # fits of earlier versions have none
        return GanSampler(
            spec,
            networks[0],
            self._critic(networks[1], units.spec(spec)),
            record["condition_dim"],
            record["classes"],
            record["history"],
            record["warnings"],
            None if ratio is None else DensityRatio(**ratio),
            units,
        )

    def _units(self, learned: TrainView) -> Units:
        """Return the units of the samples that are learned; the data's if the start has none."""
        from genaug_plugins.generators.units import Units

        if self.start is not None and (self.start / RECORD).is_file():
            record = json.loads((self.start / RECORD).read_text(encoding="utf-8"))
            if record.get("units") is None:  # a fit of an earlier version
                return Units.of_data()
        return Units.of(learned)

    def _critic(self, discriminator: nn.Module, spec: SampleSpec) -> Critic:
        import torch

        from genaug.adversarial import Chain
        from genaug_plugins.generators.critic import Critic

        device = next(discriminator.parameters()).device
        chain = Chain(self.regularizers, spec, self.steps, self.batch_size, torch.Generator(device))
        return Critic(discriminator, chain.clean)
