"""Keep images that CLIP takes for their class by its name."""

import pickle  # for the error that the safe reader raises
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import open_clip
import torch
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field, field_validator
from safetensors import SafetensorError
from torch import Tensor

from genaug.contracts import Candidates, Context, Selector
from genaug.data import SampleSpec, Selection, TrainView
from genaug.data.images import MODES, to_uint8
from genaug.data.samples import FloatArray
from genaug.errors import ConfigError, DataError, MissingWeights
from genaug_plugins.selectors.lots import drawn_lots

_BATCH = 64


class ClipSelector(Selector):
    """Keep an image iff CLIP gives its class more than an even share.

    With p = softmax(logit scale · cos(image, text)) over the data set's classes, an image made for
    class c passes iff p[c] > 1/classes (the CLIP filter of He et al. 2023, arXiv 2210.07574). Of
    those that pass, a quota may be kept; a class with too few is filled up with its best by p[c].

    The class names are what CLIP reads: it knows nothing of a class called "3" or "class_b".
    Describe such ones in `describe`.
    """

    name: ClassVar[str] = "clip"

    model: str = "ViT-B-32"
    """An open_clip model; or `local-dir:FOLDER` with open_clip_config.json and its weights."""
    weights: str | None = "laion2b_s34b_b79k"
    """A tag of the model's published weights, or a file; None for `local-dir:`."""
    templates: tuple[str, ...] = Field(default=("a photo of a {}.",), min_length=1)
    """Prompts with {} in the class's place; their embeddings are averaged."""
    describe: dict[str, str] = {}
    """What stands for a class's name in the prompts, where the name says too little."""
    quota: int | None = Field(default=None, ge=0)
    """How many are kept of each class; None: all that pass."""
    quota_by: Literal["rank", "sampling"] = "rank"
    """Which of those that pass make the quota: the most probable, or some drawn by lot."""

    @field_validator("templates")
    @classmethod
    def _have_a_place(cls, templates: tuple[str, ...]) -> tuple[str, ...]:
        for template in templates:
            if template.count("{}") != 1:
                raise ValueError(f"the template {template!r} must hold {{}} once, in the class's place")
        return templates

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse samples that are no images, one class alone, and descriptions of no class."""
        if spec.modality != "image" or spec.shape[0] not in MODES:
            raise DataError(
                f"selector clip reads images of 1 to 4 channels, not {spec.modality} samples {spec.shape}"
            )
        if spec.classes < 2:
            raise DataError("selector clip compares classes, and there is only one: use 'realism'")
        if strange := self.describe.keys() - set(spec.class_names):
            raise ConfigError(
                f"selector clip: describe names {', '.join(sorted(strange))}; the classes are "
                f"{', '.join(spec.class_names)}"
            )

    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        """Score each candidate, and keep what passes, or the quota.

        Raises:
            DataError: where samples are no images, or there is but one class.
            ConfigError: where there is no such model, tag or class.
            MissingWeights: where the weights cannot be had.
        """
        spec, samples = train.spec, candidates.pool.samples
        self.check_usable(spec)
        if len(samples) == 0:
            none = np.zeros(0)
            return Selection(none.astype(bool), none.astype("<U1"), {"probability": none, "similarity": none})
        scale, cosine = self._scores(samples.values, spec.class_names, context)
        p = torch.from_numpy(scale * cosine).softmax(dim=1).numpy()
        rows = np.arange(len(samples))
        own, similarity = p[rows, samples.labels], cosine[rows, samples.labels]
        reasons, notes = self._decided(own, candidates, train, context)
        scores = {"probability": own, "similarity": similarity}
        return Selection(reasons == "", reasons, scores, tuple(notes))

    def _decided(
        self, own: NDArray[np.float64], candidates: Candidates, train: TrainView, context: Context
    ) -> tuple[NDArray[np.str_], list[str]]:
        even = 1 / train.spec.classes
        passed = own > even
        reasons = np.where(passed, "", f"probability of its class at most 1/{train.spec.classes}")
        reasons, notes = reasons.astype("<U100"), []
        lots = drawn_lots(candidates.pool.ids, context.seed, "clip")
        for label, name in enumerate(train.spec.class_names):
            rows = np.flatnonzero(candidates.pool.samples.labels == label)
            if self.quota is None:
                if len(rows) and not passed[rows].any():
                    notes.append(f"none of the {len(rows)} candidates of class {name!r} passes")
                continue
            by_lot = self.quota_by == "sampling" and passed[rows].sum() > self.quota
            order = lots[rows] if by_lot else -own[rows]
            # Those that failed come last, and fill the quota up from their best.
            rows = rows[np.lexsort((candidates.pool.ids[rows], order, ~passed[rows]))]
            reasons[rows[: self.quota]] = ""
            beyond = rows[self.quota :]
            which = "drawn" if by_lot else "most probable"
            reasons[beyond[passed[beyond]]] = f"passed, but not among the {self.quota} {which} of its class"
            if filled := int((~passed[rows[: self.quota]]).sum()):
                notes.append(f"class {name!r}: {filled} of {self.quota} did not pass and fill the quota up")
            if len(rows) < self.quota:
                notes.append(
                    f"class {name!r} has {len(rows)} candidates, fewer than the quota of {self.quota}"
                )
        return reasons, notes

    def _scores(
        self, values: FloatArray, class_names: tuple[str, ...], context: Context
    ) -> tuple[float, NDArray[np.float64]]:
        """Return the logit scale and the cosines ``[N, classes]``."""
        with torch.random.fork_rng(devices=[]):  # the initial weights are overwritten
            model, preprocess = self._loaded(context.device)
        tokenizer = open_clip.get_tokenizer(self.model)
        with torch.inference_mode():
            texts = []
            for name in class_names:
                prompts = [template.format(self.describe.get(name, name)) for template in self.templates]
                text = model.encode_text(tokenizer(prompts).to(context.device), normalize=True).mean(dim=0)
                texts.append(text / text.norm())
            parts: list[Tensor] = []
            starts = range(0, len(values), _BATCH)
            for start in context.track(starts, f"images ({self.name})"):
                batch = torch.stack([preprocess(_picture(v)) for v in values[start : start + _BATCH]])
                parts.append(model.encode_image(batch.to(context.device), normalize=True))
            cosine = torch.cat(parts).double() @ torch.stack(texts).double().T
            return float(model.logit_scale.exp()), cosine.cpu().numpy()

    def _loaded(self, device: str) -> tuple[Any, Any]:
        local = self.model.startswith("local-dir:")
        if not local and self.model not in open_clip.list_models():
            raise ConfigError(
                f"selector clip: open_clip has no model {self.model!r}; open_clip.list_models() lists them, "
                "and local-dir:FOLDER names one of your own"
            )
        tags = open_clip.list_pretrained_tags_by_model(self.model)
        a_file = self.weights is not None and Path(self.weights).is_file()
        if not local and not a_file and self.weights not in tags:
            raise MissingWeights(
                f"selector clip: {self.weights!r} is neither a file nor a tag of {self.model}; its tags are "
                f"{', '.join(tags) or 'none'}"
            )
        try:
            model, _, preprocess = open_clip.create_model_and_transforms(
                self.model,
                pretrained=None if local else self.weights,
                require_pretrained=True,
                weights_only=True,
                device=device,
            )
        except pickle.UnpicklingError as error:
            raise MissingWeights(
                f"selector clip: {self.weights} holds more than tensors, which might run code, and is not "
                "read: save its tensors as .safetensors"
            ) from error
        except (SafetensorError, OSError, RuntimeError, ValueError) as error:
            raise MissingWeights(
                f"selector clip: no weights for {self.model} could be loaded ({error}). Set `weights` to "
                "a file that holds them, or `model` to local-dir:FOLDER"
            ) from error
        return model.eval(), preprocess


def _picture(values: FloatArray) -> Image.Image:
    """Return one image ``[C, H, W]`` in [-1, 1] as colours, laid on white where it has an alpha channel."""
    pixels = to_uint8(values)
    picture = Image.fromarray(
        pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels.transpose(1, 2, 0))
    )
    if len(pixels) in (2, 4):
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture.convert("RGBA")).convert("RGB")
    return picture.convert("RGB")
