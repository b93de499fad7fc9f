"""A diffusion or flow-matching model, trained from scratch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import BaseModel, model_validator

from genaug import Context, Generator
from genaug.data import DataFacts, SampleSpec, TrainView
from genaug.errors import DataError, MissingWeights
from genaug_plugins.generators.diffusion.config import DiffusionConfig
from genaug_plugins.generators.diffusion.files import RECORD, WEIGHTS
from genaug_plugins.generators.diffusion.options import DiffusionOptions

if TYPE_CHECKING:
    from genaug_plugins.generators.diffusion.sampler import DiffusionSampler

MODALITIES = ("image", "signal", "vector")


class DiffusionGenerator(DiffusionConfig, Generator):
    """Train a class-conditional diffusion or flow-matching model on images, signals or vectors.

    The networks are diffusers' UNet2DModel and UNet1DModel, and for vectors an MLP of residual blocks; images
    and signals of any size are padded inside the network. Columns of vectors and channels of signals are
    learned in units of their standard deviation. Samples come from the averaged weights. The processes of
    ``torchrun`` share each batch.
    """

    name: ClassVar[str] = "diffusion"
    given_capabilities: ClassVar[frozenset[str]] = frozenset(
        {"class-conditional", "latent", "encode", "image-to-image", "inpaint"}
    )
    given_options: ClassVar[type[BaseModel] | None] = DiffusionOptions

    start: Path | None = None
    """Folder of a fitted diffusion model whose weights are the initial ones."""
    start_is_disjoint: bool = False
    """State that `start` was fitted on no sample of this data. Needed only if its folder has no record of its
    training samples (training-ids.safetensors), so that this cannot be checked."""

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if self.guidance != 1 and not self.class_dropout:
            raise ValueError(
                f"guidance {self.guidance:g} needs a network that learns samples without their class: set "
                "class_dropout (0.1)"
            )
        return self

    def reads(self) -> tuple[Path, ...]:
        """Return the files of the fit it starts from."""
        return () if self.start is None else (self.start / WEIGHTS, self.start / RECORD)

    @property
    def starts_from(self) -> Path | None:
        """Return the folder of the fit it starts from."""
        return self.start

    @property
    def states_disjoint_start(self) -> bool:
        """Return the setting `start_is_disjoint`."""
        return self.start_is_disjoint

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for a modality without a network, and a `start` that is no fit of such a model."""
        if spec.modality not in MODALITIES:
            raise DataError(
                f"diffusion makes images, signals and vectors, not samples of modality {spec.modality!r}: "
                "choose a generator for it (`genaug plugins list --kind generator`)"
            )
        for path in self.reads():
            if not path.is_file():
                raise MissingWeights(
                    f"start: {path.name} does not exist in {path.parent}: name the folder of a fitted "
                    "diffusion model, e.g. runs/NAME/store/fit-…"
                )
        if self.start is not None:
            record = json.loads((self.start / RECORD).read_text(encoding="utf-8"))
            if record["formulation"] != self.formulation:
                raise DataError(
                    f"start: the model was trained with formulation {record['formulation']!r}, whose network "
                    f"predicts something else than with {self.formulation!r}: set formulation to that of the "
                    "start"
                )

    def check_data(self, facts: DataFacts) -> tuple[str, ...]:
        """Warn where `augment` does nothing."""
        if self.augment and facts.spec.modality == "vector":
            return (
                "diffusion: augment does nothing for vectors: there is no change that is known to fit them",
            )
        return ()

    def fit(self, train: TrainView, context: Context) -> DiffusionSampler:
        """Train the network; an interrupted fit resumes from its checkpoint, bitwise the same on the CPU.

        Raises:
            DataError: if the view is empty, or there is no network for its samples.
            TrainingDiverged: if it diverged before its first checkpoint, and again after each rollback.
        """
        import numpy as np
        import torch
        from safetensors.torch import load_file

        from genaug.data.seeds import derive_seed
        from genaug.training import loop
        from genaug.training.initial_weights import load_initial
        from genaug.training.state import seeded
        from genaug_plugins.generators.diffusion.augmentation import Augmentation
        from genaug_plugins.generators.diffusion.formulations import formulation
        from genaug_plugins.generators.diffusion.networks import build_network
        from genaug_plugins.generators.diffusion.run import DiffusionRun
        from genaug_plugins.generators.diffusion.sampler import DiffusionSampler
        from genaug_plugins.generators.units import Units

        self.check_usable(train.spec)
        if not len(train.samples):
            raise DataError("the training view is empty: nothing can be learned; ask for more in `split`")
        units = Units.of(train)
        view = units.view(train)
        # In doubles: the root mean square σ_data of Karras et al.; 1 where all values are 0.
        data = float(np.sqrt(np.mean(view.samples.values.astype(np.float64) ** 2))) or 1.0
        told = Augmentation(self.augment, train.spec.modality).columns
        device = torch.device(context.device)
        with seeded(device, derive_seed(context.seed, "network")):
            random = torch.Generator(device).manual_seed(derive_seed(context.seed, "training"))
            network = build_network(view.spec, self, told)
            warnings = []
            if self.start is not None:
                warnings = load_initial("network", network, load_file(self.start / WEIGHTS), self.name)
            run = DiffusionRun(
                network, formulation(self.formulation, data), view, self, random, context.hooks
            )
            trained = loop.train(run, context, warnings=warnings)
        classes = sorted({int(label) for label in train.samples.labels})
        return DiffusionSampler(
            self,
            train.spec,
            trained.network,
            units,
            data,
            told,
            classes,
            trained.history,
            trained.warnings,
            context.hooks,
        )

    def load(self, folder: Path, context: Context) -> DiffusionSampler:
        """Return a saved sampler, on the context's device."""
        import torch
        from safetensors.torch import load_file

        from genaug_plugins.generators.diffusion.networks import build_network
        from genaug_plugins.generators.diffusion.sampler import DiffusionSampler
        from genaug_plugins.generators.units import Units

        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        spec = SampleSpec.model_validate(record["spec"])
        units = Units.of_record(record["units"])
        with torch.random.fork_rng(devices=[]):  # a new network draws its initial weights
            network = build_network(units.spec(spec), self, record["told"])
        network.load_state_dict(load_file(folder / WEIGHTS))
        network.to(context.device).requires_grad_(False).eval()
        return DiffusionSampler(
            self,
            spec,
            network,
            units,
            record["data"],
            record["told"],
            record["classes"],
            record["history"],
            record["warnings"],
            context.hooks,
        )
