"""Pretrained diffusion pipelines, from a local folder or by name."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from genaug import Context, Generator
from genaug.components.frozen_dict import FrozenDict
from genaug.components.prerequisites import HubWeights, Package, Prerequisite
from genaug.data import SampleSpec, TrainView
from genaug.errors import DataError, MissingWeights
from genaug_plugins.pipelines import hub
from genaug_plugins.pipelines.fine_tuning.settings import FineTune
from genaug_plugins.pipelines.folder import INDEX, STARTING, UNKNOWN, PipelineFolder
from genaug_plugins.pipelines.options import PipelineOptions

if TYPE_CHECKING:
    from genaug_plugins.generators.pretrained_sampler import Making, PretrainedSampler
    from genaug_plugins.pipelines.calls import PipelineCalls
    from genaug_plugins.pipelines.fine_tuning.adapters import Files

EXTRA = "genaug[diffusion]"
AUTOMATIC = {"cpu": 4}
"""Batch size to begin with, by device; on others 8."""


class PretrainedGenerator(Generator):
    """Make images with a pretrained pipeline of diffusers: from a text, from training images, inside a mask.

    Any pipeline that AutoPipelineForText2Image, -Image2Image and -Inpainting know (Stable Diffusion 1 to 3,
    XL, Flux, PixArt, …), class-conditional ones (DiT) and unconditional ones (DDPM), as `save_pretrained`
    writes them. Weights are read as safetensors only. Nothing is downloaded unless `download` says so. A
    safety checker that the pipeline has is used: flagged images are made again, and left out where they stay
    flagged. Images are made at the pipeline's resolution. Sources and masks are resized to it.
    """

    name: ClassVar[str] = "pretrained"
    given_options = PipelineOptions

    pipeline: str = Field(min_length=1)
    """Folder that `save_pretrained` wrote, or name of a pipeline on the model hub (``owner/name``)."""
    download: bool = False
    """Download a pipeline of the model hub that is not in the local cache."""
    revision: str | None = None
    """Branch, tag or commit on the model hub; None: the main branch."""
    variant: str | None = None
    """Variant of the weights, e.g. ``fp16``; None: those without a variant."""
    template: str = "a photo of a {class}"
    """Prompt for samples where the strategy gives none; ``{class}`` becomes the word for the class."""
    words: FrozenDict[str, str] = FrozenDict({})
    """Word for a class in prompts, or class of a class-conditional pipeline, by name of the class.
    Without one it is the name of the class with spaces for ``_``."""
    negative_prompt: str = ""
    """What samples must not show."""
    guidance: float | None = Field(default=None, ge=0)
    """Scale of classifier-free guidance, 1: none; None: the pipeline's default. For training data values
    from 1 to 2 keep more variety than those for pictures to look at (7.5)."""
    steps: int | None = Field(default=None, ge=1)
    """Denoising steps; None: the pipeline's default."""
    strength: float = Field(default=0.5, gt=0, le=1)
    """From training images: share of the way from the source to pure generation."""
    size: int | tuple[int, int] | None = None
    """Height and width, or both, in pixels; None: the pipeline's own."""
    batch_size: int | Literal["auto"] = "auto"
    """Most samples at a time. `auto`: 4 on the CPU, else 8. It is halved where memory does not suffice,
    with a warning."""
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    """Precision of weights and passes; auto: float32 on the CPU, float16 on a GPU."""
    offload: Literal["none", "model", "sequential"] = "none"
    """On a GPU with little memory: keep on the CPU what is not in use, by model, or by layer (slow)."""
    scheduler: str | None = None
    """Scheduler of diffusers in place of the pipeline's own, e.g. ``DPMSolverMultistepScheduler``; None:
    its own."""
    adapters: tuple[Path, ...] = ()
    """Files of LoRA weights and learned words (.safetensors) that are loaded first: of an earlier fit,
    or made elsewhere."""
    fine_tune: FineTune | None = None
    """Fine-tuning on the training view: LoRA, DreamBooth or textual inversion; None: none."""
    redraws: int = Field(default=3, ge=0)
    """How often an image that the safety checker flags is made again."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        try:
            fields = {
                field for _, field, _, _ in string.Formatter().parse(self.template) if field is not None
            }
        except ValueError as error:
            raise ValueError(f"template: {error}") from error
        if fields - {"class"}:
            raise ValueError(f"template: {{{min(fields - {'class'})}}} is unknown; there is {{class}}")
        sizes = (self.size,) if isinstance(self.size, int) else self.size or ()
        if any(side < 1 for side in sizes):
            raise ValueError(f"size must be positive, not {self.size}")
        if self.batch_size != "auto" and self.batch_size < 1:
            raise ValueError(f"batch_size must be `auto` or at least 1, not {self.batch_size}")
        return self

    @property
    def is_local(self) -> bool:
        """Return whether `pipeline` is a folder, or can only be one."""
        return Path(self.pipeline).is_dir() or hub.NAME.fullmatch(self.pipeline) is None

    @property
    def given_capabilities(self) -> frozenset[str]:  # type: ignore[override]
        """Return what the pipeline can do; of one that is not here yet, all that a pipeline may."""
        folder = self._folder
        if folder is None or not (folder.path / INDEX).is_file():
            return frozenset({"class-conditional", "prompt"}) | STARTING
        return folder.capabilities

    def reads(self) -> tuple[Path, ...]:
        """Return the adapters and the files of a local pipeline; the hub's has its name and revision."""
        folder = self._folder
        here = folder is not None and self.is_local and (folder.path / INDEX).is_file()
        return (*(folder.files if here and folder is not None else ()), *self.adapters)

    def prerequisites(self) -> tuple[Prerequisite, ...]:
        """Return transformers for pipelines that read text, and the weights where they may be downloaded."""
        folder = self._folder
        needed: list[Prerequisite] = []
        if folder is None or not (folder.path / INDEX).is_file() or folder.reads_text:
            needed.append(Package("transformers", EXTRA))
        if self.fine_tune is not None and self.fine_tune.method != "textual-inversion":
            needed.append(Package("peft", EXTRA))
        if not self.is_local and self.download:
            needed.append(HubWeights(self.pipeline, (INDEX,), str(hub.missing(self.pipeline, False))))
        return tuple(needed)

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not images, and where no pipeline serves these classes."""
        if spec.modality != "image":
            raise DataError(f"generator {self.name}: makes images, not samples of modality {spec.modality!r}")
        if spec.shape[0] > 4:
            raise DataError(
                f"generator {self.name}: makes images with 1 to 4 channels, and the data have {spec.shape[0]}"
            )
        for adapter in self.adapters:
            if adapter.suffix != ".safetensors" or not adapter.is_file():
                raise MissingWeights(
                    f"generator {self.name}: {adapter} of `adapters` is not a .safetensors file: name "
                    "those that "
                    "a fit or a training script of diffusers wrote"
                )
        folder = self._folder
        if folder is None:
            if self.download:
                return
            raise hub.missing(self.pipeline, False)
        folder.check_weights()
        if self.fine_tune is not None and (wrong := folder.why_not_fine_tuned(self.fine_tune.method)):
            raise DataError(f"generator {self.name}: {wrong}")
        if folder.reads_text:
            told = "class-conditional" in folder.capabilities  # else the class is that of the source
            if spec.classes > 1 and "{class}" not in self.template and told:
                raise DataError(
                    f"generator {self.name}: the template {self.template!r} is the same for all "
                    f"{spec.classes} classes: write {{class}} where the class belongs"
                )
        elif folder.is_class_conditional:
            self._pipeline_classes(folder, spec)
        elif spec.classes > 1:
            raise DataError(
                f"generator {self.name}: {folder.class_name} makes samples of no particular class, and "
                "the data "
                f"have {spec.classes}: use it for one class, or a pipeline that reads text or classes"
            )
        if others := [name for name in self.words if name not in spec.class_names]:
            raise DataError(
                f"generator {self.name}: `words` names {others[0]!r}, and the data have the classes "
                f"{', '.join(spec.class_names)}"
            )

    def fit(self, train: TrainView, context: Context) -> PretrainedSampler:
        """Load the pipeline, and make one image in two steps to learn its resolution.

        Raises:
            DataError: where it cannot serve the data.
            MissingWeights: where it is not there or cannot be read.
        """
        from genaug_plugins.generators.pretrained_sampler import PretrainedSampler

        self.check_usable(train.spec)
        folder = self._ready_folder()
        calls = self._load(folder, context)
        making = self._making(folder, train.spec, context.device)
        spec = self._native(calls, making, folder, train.spec)
        record = {"pipeline": self.pipeline, "class": folder.class_name, "sha256": folder.digest}
        record |= {"licence": folder.licence, "files": str(len(folder.files)), "revision": folder.path.name}
        warnings: list[str] = []
        if folder.licence == UNKNOWN:
            warnings.append(
                f"no licence is stated beside the weights of {self.pipeline}: find out whether you may use "
                "what it makes"
            )
        for warning in warnings:
            context.hooks.warned(message=f"generator {self.name}: {warning}")
        files: Files = {}
        history: Mapping[str, Sequence[float]] = {}
        if self.fine_tune is not None:
            from genaug_plugins.pipelines.fine_tuning.adapters import apply
            from genaug_plugins.pipelines.fine_tuning.fit import fine_tune

            learned = fine_tune(
                self.fine_tune, calls, train, spec, making.words, self.template, making.options, context
            )
            files, history = learned.files, learned.history
            warnings += learned.warnings
            record["fine_tuned"] = f"{self.fine_tune.method}, {self.fine_tune.steps} steps"
            making = replace(making, learned=learned.words)
            calls = self._load(folder, context)  # the adapter is loaded into it as from a file
            apply(calls.pipeline, files)
        return PretrainedSampler(
            spec,
            train.spec,
            calls,
            making,
            record,
            folder.capabilities,
            context.hooks,
            files,
            history,
            warnings,
        )

    def load(self, folder: Path, context: Context) -> PretrainedSampler:
        """Load the pipeline again, as it was fitted.

        Raises:
            MissingWeights: where it is not there, cannot be read, or has other weights than at the fit.
        """
        from genaug_plugins.generators.pretrained_sampler import RECORD, PretrainedSampler

        record: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        own = self._ready_folder()
        if own.digest != record["weights"]["sha256"]:
            raise MissingWeights(
                f"the pipeline {self.pipeline} has other weights than when it was fitted "
                f"({own.digest[:12]}, not {record['weights']['sha256'][:12]}): set `revision` to the commit "
                "that was used, or run the config again in another output folder"
            )
        data = SampleSpec.model_validate(record["data"])
        calls = self._load(own, context)
        files: Files = {}
        if record["files"]:
            from safetensors.torch import load_file

            from genaug_plugins.pipelines.fine_tuning.adapters import apply

            files = {name: load_file(folder / name) for name in record["files"]}
            apply(calls.pipeline, files)
        return PretrainedSampler(
            SampleSpec.model_validate(record["spec"]),
            data,
            calls,
            replace(self._making(own, data, context.device), learned=record["learned"]),
            record["weights"],
            own.capabilities,
            context.hooks,
            files,
            record["history"],
            record["warnings"],
        )

    def shortened(self) -> Self | None:
        """Return this generator with one step of fine-tuning; None without one."""
        if self.fine_tune is None:
            return None
        shorter = self.fine_tune.shortened().model_copy(update={"prior_images": 1})
        return self.model_copy(update={"fine_tune": shorter})

    @property
    def _folder(self) -> PipelineFolder | None:
        """Return the folder of the pipeline; None for one that is not in the local cache."""
        if self.is_local:
            return PipelineFolder(Path(self.pipeline), self.variant)
        cached = hub.cached_folder(self.pipeline, self.revision)
        return None if cached is None else PipelineFolder(cached, self.variant)

    def _ready_folder(self) -> PipelineFolder:
        if self.is_local:
            return PipelineFolder(Path(self.pipeline), self.variant)
        path = hub.hub_folder(self.pipeline, self.revision, self.variant, self.download)
        return PipelineFolder(path, self.variant)

    def _load(self, folder: PipelineFolder, context: Context) -> PipelineCalls:
        from genaug_plugins.pipelines.calls import PipelineCalls
        from genaug_plugins.pipelines.loading import load_pipeline, set_scheduler

        pipeline = load_pipeline(folder, context.device, self.dtype, self.offload)
        if self.scheduler is not None:
            set_scheduler(pipeline, self.scheduler)
        if self.adapters:
            from safetensors.torch import load_file

            from genaug_plugins.pipelines.fine_tuning.adapters import apply

            apply(pipeline, {str(path): load_file(path) for path in self.adapters})
        return PipelineCalls(pipeline)

    def _word(self, name: str) -> str:
        return self.words.get(name, name.replace("_", " "))

    def _making(self, folder: PipelineFolder, spec: SampleSpec, device: str) -> Making:
        from genaug_plugins.generators.pretrained_sampler import Making
        from genaug_plugins.pipelines.calls import CallOptions

        size = (self.size, self.size) if isinstance(self.size, int) else self.size
        return Making(
            names=spec.class_names,
            words=[self._word(name) for name in spec.class_names],
            template=self.template,
            options=CallOptions(1.0, self.guidance, self.steps, self.negative_prompt, size),
            strength=self.strength,
            batch_size=AUTOMATIC.get(device, 8) if self.batch_size == "auto" else self.batch_size,
            redraws=self.redraws,
            classes=self._pipeline_classes(folder, spec) if folder.is_class_conditional else (),
        )

    def _pipeline_classes(self, folder: PipelineFolder, spec: SampleSpec) -> list[int]:
        """Return the number of the pipeline's class for each class of the data.

        Raises:
            DataError: where one is unknown.
        """
        known, found = folder.class_names, []
        for name in spec.class_names:
            word = self._word(name)
            number = known.get(word)
            if number is None and word.isdigit() and (not known or int(word) in known.values()):
                number = int(word)
            if number is None:
                some = ", ".join(list(known)[:5])
                raise DataError(
                    f"generator {self.name}: the pipeline has no class {word!r} for {name!r}; it has "
                    f"{some}, …: "
                    f"say which with `words: {{{name}: …}}`, by name or number"
                )
            found.append(number)
        return found

    def _native(
        self, calls: PipelineCalls, making: Making, folder: PipelineFolder, data: SampleSpec
    ) -> SampleSpec:
        """Return the spec of the pipeline's images, by making one of them."""
        import numpy as np

        from genaug_plugins.pipelines.calls import Batch, CallOptions

        prompts = [making.prompt(0, None)] if folder.reads_text else []
        batch = Batch([0], prompts, list(making.classes[:1]))
        if folder.reads_text and "class-conditional" not in folder.capabilities:  # it needs a source
            side = making.options.size or calls.own_size
            masks = np.ones((1, 1, *side), dtype=np.bool_) if "inpaint" in folder.capabilities else None
            batch = Batch([0], prompts, (), np.zeros((1, 3, *side), dtype=np.float32), masks)
        images, _ = calls(batch, CallOptions(steps=2, size=making.options.size))
        made = images.shape[1]
        channels = made if {made, data.shape[0]} <= {1, 3} else data.shape[0]
        return data.model_copy(update={"shape": (channels, *images.shape[2:])})
