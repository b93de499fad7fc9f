"""A variational autoencoder for images, signals, vectors and tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, Field

from genaug import Context, Generator
from genaug.data import DataFacts, SampleSpec, TrainView
from genaug.errors import DataError
from genaug.training.config import TrainingConfig
from genaug_plugins.generators.vae.options import CAPABILITIES, VaeOptions

if TYPE_CHECKING:
    from genaug_plugins.generators.vae.autoencoder import Autoencoder
    from genaug_plugins.generators.vae.fitted_prior import FittedPrior
    from genaug_plugins.generators.vae.form import Form
    from genaug_plugins.generators.vae.sampler import VaeSampler
    from genaug_plugins.generators.vae.training_run import VaeRun

LATENT_DIMS = {"image": 32, "signal": 32, "vector": 16, "table": 16}
"""Default length of a latent, for each modality that can be learned."""
COLLAPSED = 0.1
"""A latent that carries fewer nats than this about a sample carries nothing."""


class VaeGenerator(TrainingConfig, Generator):
    """Train a class-conditional variational autoencoder (Kingma & Welling 2014, arXiv 1312.6114).

    The variance of the likelihood is the one that maximizes it (Rybkin et al. 2021, arXiv 2006.13202), so the
    weight of the reconstruction needs no tuning. Columns of vectors and channels of signals are learned in
    units of their standard deviation; numbers of tables by the normal scores of their ranks, so they never
    leave the range of the training rows; categories, booleans and missing values as choices.

    Samples of a class are drawn from a Gaussian that is fitted to the latents of its training samples (Ghosh
    et al. 2020, arXiv 1903.12436). With sources a sample starts from one of them: its latent is mixed with
    new noise by the option `strength`.
    """

    name: ClassVar[str] = "vae"
    given_capabilities: ClassVar[frozenset[str]] = CAPABILITIES
    given_options: ClassVar[type[BaseModel] | None] = VaeOptions

    latent_dim: int | None = Field(default=None, ge=1, le=4096)
    """Length of a latent; None: 32 for images and signals, 16 for vectors and tables. Dimensions that are not
    needed carry nothing."""
    width: int = Field(default=32, ge=1, le=1024)
    """Channels at the full size of images and signals; for vectors and tables an eighth of the units of a
    hidden layer."""
    depth: int = Field(default=2, ge=1, le=16)
    """Hidden layers of the networks for vectors and tables."""
    beta: float = Field(default=1.0, ge=0)
    """Weight of the divergence between posterior and prior; 1: the evidence lower bound."""
    free_bits: float = Field(default=0.0, ge=0)
    """Nats that each latent dimension may carry without cost, against latents that carry nothing."""
    variance: Literal["optimal", "learned"] = "optimal"
    """Variance of the likelihood of numbers: the mean square error of each batch, or a learned parameter. One
    for all values of images and signals, one for each column of vectors and tables."""
    prior: Literal["fitted", "standard"] = "fitted"
    """Where latents of a class are drawn: from a Gaussian that is fitted to those of its training samples, or
    from N(0, 1) for every class. Latents of requests are standard normal in either case."""
    output_noise: bool | None = None
    """Whether samples get the noise of that variance; None: those of vectors and tables, whose values would
    vary too little without it; not images and signals, which would be grainy."""
    autoencoder: Path | None = None
    """Folder of an AutoencoderKL of diffusers: its latents are learned instead of the pixels of images. It is
    not trained."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for texts, or where `autoencoder` cannot be used."""
        if spec.modality not in LATENT_DIMS:
            raise DataError(
                f"{self.name} makes images, signals, vectors and tables, not samples of modality "
                f"{spec.modality!r}: choose another generator (`genaug plugins list --kind generator`)"
            )
        if self.autoencoder is not None:
            from genaug_plugins.generators.vae.autoencoder_folder import check_folder

            check_folder(self.autoencoder, spec)

    def check_data(self, facts: DataFacts) -> tuple[str, ...]:
        """Raise an error where there are no training samples."""
        if not facts.train.sum():
            raise DataError(
                f"{self.name} needs training samples, and there are none: ask for some in `split`"
            )
        return ()

    def reads(self) -> tuple[Path, ...]:
        """Return the files of `autoencoder`."""
        if self.autoencoder is None:
            return ()
        from genaug_plugins.generators.vae.autoencoder_folder import files

        return files(self.autoencoder)

    def fit(self, train: TrainView, context: Context) -> VaeSampler:
        """Train the networks; an interrupted fit resumes from its checkpoint, bitwise the same on the CPU.

        Raises:
            DataError: if the view is empty, or of another modality.
            TrainingDiverged: if it diverged before its first checkpoint, and again after each rollback.
        """
        import torch

        from genaug.data import Samples
        from genaug.data.seeds import derive_seed
        from genaug.training import loop
        from genaug.training.state import seeded
        from genaug_plugins.generators.vae.sampler import VaeSampler
        from genaug_plugins.generators.vae.training_run import VaeRun

        self.check_usable(train.spec)
        if not len(train.samples):
            raise DataError(
                f"{self.name} needs training samples, and there are none: ask for some in `split`"
            )
        form = self._form(train, context.device)
        learned = Samples(form.learned(train.samples), train.samples.labels)
        device = torch.device(context.device)
        with seeded(device, derive_seed(context.seed, "networks")):
            random = torch.Generator(device).manual_seed(derive_seed(context.seed, "training"))
            networks = self._networks(form, train.spec).to(device)
            run = VaeRun(networks, learned, train.spec, self, self.beta, self.free_bits, random, form.values)
            trained = loop.train(run, context)
            run.measure_variance()
            prior = self._prior(run, train)
        warnings, carried = list(trained.warnings), trained.history["kl"][-1]
        if carried < COLLAPSED:
            warnings.append(
                f"the latents carry next to nothing of a sample ({carried:.2g} nats), so samples of a class "
                "differ by little but noise: train for more `steps`, lower `beta`, or set `free_bits`"
            )
            context.hooks.warned(message=warnings[-1])
        return VaeSampler(
            train.spec,
            run.network,
            form,
            prior,
            sorted({int(label) for label in train.samples.labels}),
            self._noisy(train.spec),
            trained.history,
            warnings,
            context.hooks,
        )

    def load(self, folder: Path, context: Context) -> VaeSampler:
        """Return a saved sampler, on the context's device."""
        from safetensors.numpy import load_file as load_arrays
        from safetensors.torch import load_file

        from genaug_plugins.generators.vae.fitted_prior import FittedPrior
        from genaug_plugins.generators.vae.sampler import PRIOR, RECORD, WEIGHTS, VaeSampler

        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        spec = SampleSpec.model_validate(record["spec"])
        form = self._stored_form(spec, record["form"], context.device)
        networks = self._networks(form, spec)
        networks.load_state_dict(load_file(folder / WEIGHTS))
        return VaeSampler(
            spec,
            networks.to(context.device),
            form,
            FittedPrior.of_tensors(load_arrays(folder / PRIOR)),
            record["classes"],
            self._noisy(spec),
            record["history"],
            record["warnings"],
            context.hooks,
        )

    def _noisy(self, spec: SampleSpec) -> bool:
        return spec.modality in ("vector", "table") if self.output_noise is None else self.output_noise

    def _prior(self, run: VaeRun, train: TrainView) -> FittedPrior:
        from genaug_plugins.generators.vae.fitted_prior import FittedPrior

        mean, variance = run.posteriors()
        if self.prior == "standard":
            return FittedPrior.standard(train.spec.classes, mean.shape[1])
        return FittedPrior.of(mean, variance, train.samples.labels, train.spec.classes)

    def _networks(self, form: Form, spec: SampleSpec) -> Autoencoder:
        import torch

        from genaug_plugins.generators.vae.autoencoder import build_autoencoder

        latent_dim, varies = self.latent_dim or LATENT_DIMS[spec.modality], torch.from_numpy(form.varies)
        with torch.random.fork_rng(devices=[]):
            return build_autoencoder(
                form.layout, spec.classes, latent_dim, self.width, self.depth, self.variance, varies
            )

    def _form(self, train: TrainView, device: str) -> Form:
        """Return the form in which the training samples are learned."""
        from genaug_plugins.generators.vae.form import NumbersForm
        from genaug_plugins.generators.vae.table_form import TableForm

        if self.autoencoder is not None:
            from genaug_plugins.generators.vae.first_stage import FirstStage, FirstStageForm

            return FirstStageForm.of(train, FirstStage(self.autoencoder, train.spec, device))
        return TableForm.of(train) if train.spec.modality == "table" else NumbersForm.of(train)

    def _stored_form(self, spec: SampleSpec, record: dict[str, Any], device: str) -> Form:
        from genaug_plugins.generators.vae.form import NumbersForm
        from genaug_plugins.generators.vae.table_form import TableForm

        if self.autoencoder is not None:
            from genaug_plugins.generators.vae.first_stage import FirstStage, FirstStageForm

            return FirstStageForm.of_record(FirstStage(self.autoencoder, spec, device), record)
        return (TableForm if spec.modality == "table" else NumbersForm).of_record(spec, record)
