"""The sampler of a pretrained pipeline."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import JsonValue

from genaug import Sampler
from genaug.data import Request, Samples, SampleSpec
from genaug.data.samples import BoolArray, FloatArray, IntArray
from genaug.data.seeds import derive_seed
from genaug.errors import DataError
from genaug.training.auto_batch import AutoBatch
from genaug_plugins.pipelines.calls import Batch, CallOptions, PipelineCalls
from genaug_plugins.pipelines.images import for_pipeline, from_pipeline, masks_at
from genaug_plugins.pipelines.options import PipelineOptions

RECORD = "pretrained.json"
INVERSION_STEPS = 50
"""Steps in which the latents of real images are found, where the generator sets none."""
SHOWN = 12
"""Hexadecimal digits of the hash of the weights in the lineage of a sample; the fit's record has all."""


@dataclass(frozen=True)
class Making:
    """How a pipeline makes samples.

    Attributes:
        names: of the classes, which prompts may have.
        words: what each class is called in prompts, in the order of the classes.
        learned: word that a fine-tuning learned for each; empty where it learned none.
        classes: number of the pipeline's class for each class; empty where it has none.
        template: of prompts.
        options: where a request sets none.
        strength: from a source, where a request sets none.
        batch_size: most samples at a time.
        redraws: how often a flagged sample is made again.
    """

    names: Sequence[str]
    words: Sequence[str]
    template: str
    options: CallOptions
    strength: float
    batch_size: int
    redraws: int
    learned: Sequence[str] = ()
    classes: Sequence[int] = ()

    def prompt(self, label: int, given: str | None) -> str:
        """Return the prompt for a class: the given one, or the template's, with the learned word."""
        own, word = given, self.words[label]
        if own is None:
            own = self.template.replace("{class}", word)
        if (name := self.names[label]) != word:
            own = _replaced(own, name, word)
        if self.learned:
            own = _replaced(own, word, self.learned[label])
        return own

    def call(self, options: PipelineOptions, inside: bool) -> CallOptions:
        """Return the options of a call, those of the request before the generator's.

        Args:
            options: of the request.
            inside: whether only a part of a source is made anew.
        """
        own, negative = self.options, options.negative_prompt
        return CallOptions(
            options.strength or (1.0 if inside else self.strength),
            own.guidance if options.guidance is None else options.guidance,
            options.steps or own.steps,
            own.negative_prompt if negative is None else negative,
            own.size,
        )


class PretrainedSampler(Sampler):
    """Sampler that calls a pipeline.

    Args:
        spec: of its samples, at the pipeline's resolution.
        data: the spec of the data, from which sources come.
        calls: of the loaded pipeline.
        making: how samples are made.
        record: what is known of the weights, plain JSON.
        capabilities: of the pipeline.
        hooks: are notified of warnings while it samples.
        adapters: files of a fine-tuning, by name; empty without one.
        history: of the fine-tuning.
        warnings: of the fit.
    """

    options_model = PipelineOptions

    def __init__(
        self,
        spec: SampleSpec,
        data: SampleSpec,
        calls: PipelineCalls,
        making: Making,
        record: Mapping[str, JsonValue],
        capabilities: frozenset[str],
        hooks: Any,
        adapters: Mapping[str, Mapping[str, torch.Tensor]] = {},
        history: Mapping[str, Sequence[float]] = {},
        warnings: Sequence[str] = (),
    ) -> None:
        self.spec, self.capabilities = spec, capabilities
        self.history, self.warnings = history, warnings
        # A chunk does not depend on the batch size, because each has a seed of its own.
        self.chunk_size = 4 if calls.pipeline.device.type == "cpu" else 32
        self.record = record
        self.calls = calls
        self._data, self._making, self._hooks = data, making, hooks
        if "latent" in capabilities:
            self._latent_shape = calls.latent_shape(spec.shape[1:])
            self.latent_dim = int(np.prod(self._latent_shape))
        self._adapters = adapters
        advice = "lower `size`, or set `offload: model` or `dtype: float16`"
        self._batches = AutoBatch(making.batch_size, str(record["pipeline"]), hooks, advice)

    def sample(self, request: Request, rng: np.random.Generator) -> Iterator[Samples]:
        """Yield samples in batches; each has its own noise, whatever the batch size.

        Raises:
            DataError: where the pipeline does not take the request, all of its samples are flagged, or a
                single sample does not fit into memory.
        """
        options = PipelineOptions.model_validate(dict(request.options))
        call = self._making.call(options, request.mask is not None)
        whole, alpha = self._batch(request, rng.integers(2**63, size=request.count))
        dropped = 0

        def made(rows: slice) -> Samples:
            nonlocal dropped
            images, flagged = self._unflagged(whole.take(range(rows.start, rows.stop)), call)
            images[flagged] = np.nan  # the engine leaves them out and counts them
            dropped += int(flagged.sum())
            if whole.masks is not None and whole.sources is not None:
                images = np.where(whole.masks[rows], images, whole.sources[rows])
            values = from_pipeline(images, self.spec.shape[0], None if alpha is None else alpha[rows])
            return Samples(values, np.full(len(values), request.label, dtype=np.int64))

        yield from self._batches(made, request.count)
        if dropped:
            self._report(request, dropped)

    def encode(self, samples: Samples) -> FloatArray:
        """Return the latents of real images, by DDIM inversion with the prompts of their classes."""
        steps, found = self._making.options.steps or INVERSION_STEPS, []
        for part in samples.batches(self._batches.size):
            images, _ = for_pipeline(part.values, self._data, self.spec.shape[1:])
            prompts = [
                self._making.prompt(label, None) if label >= 0 else "" for label in part.labels.tolist()
            ]
            found.append(self.calls.invert(images, prompts, steps).reshape(len(part), -1))
        return np.concatenate(found)

    def metadata(self, request: Request, positions: IntArray) -> list[Mapping[str, JsonValue]]:
        """Return the pipeline, the hash and licence of its weights, and what the samples were made with."""
        options = PipelineOptions.model_validate(dict(request.options))
        call = self._making.call(options, request.mask is not None)
        known: dict[str, JsonValue] = {
            "pipeline": self.record["pipeline"],
            "weights": str(self.record["sha256"])[:SHOWN],
            "licence": self.record["licence"],
            "guidance": call.guidance,
            "steps": call.steps,
        }
        if "prompt" in self.capabilities:
            known["prompt"] = self._making.prompt(request.label, request.prompt)
            known["negative_prompt"] = call.negative_prompt or None
        if request.sources:
            known["strength"] = call.strength
        return [{name: value for name, value in known.items() if value is not None} for _ in positions]

    def save(self, folder: Path) -> None:
        """Write the record and the adapters of a fine-tuning; the pipeline stays where it is."""
        from safetensors.torch import save_file

        for name, tensors in self._adapters.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            save_file(dict(tensors), path, metadata={"format": "pt"})
        record = {
            "spec": self.spec.model_dump(mode="json"),
            "data": self._data.model_dump(mode="json"),
            "weights": dict(self.record),
            "learned": list(self._making.learned),
            "files": list(self._adapters),
            "history": {name: list(column) for name, column in self.history.items()},
            "warnings": list(self.warnings),
        }
        (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")

    def _unflagged(self, batch: Batch, call: CallOptions) -> tuple[FloatArray, BoolArray]:
        """Return images, and which were flagged each time they were made."""
        images, flagged = self.calls(batch, call)
        for attempt in range(1, 1 + self._making.redraws):
            rows = np.flatnonzero(flagged)
            if not len(rows):
                break
            again = batch.take(rows.tolist())
            seeds = [derive_seed(seed, "redraw", str(attempt)) for seed in again.seeds]
            images[rows], flagged[rows] = self.calls(again.with_seeds(seeds), call)
        return images, flagged

    def _batch(self, request: Request, seeds: IntArray) -> tuple[Batch, FloatArray | None]:
        """Return what the samples of a request are made from, and the transparency of their sources."""
        making, count = self._making, request.count
        prompts: list[str] = []
        if "prompt" in self.capabilities:
            prompts = [making.prompt(request.label, request.prompt)] * count
        classes = [making.classes[request.label]] * count if making.classes else []
        if request.latents is not None:
            latents = request.latents.reshape(count, *self._latent_shape)
            return Batch(seeds.tolist(), prompts, classes, latents=latents), None
        if not request.sources:
            return Batch(seeds.tolist(), prompts, classes), None
        size = self.spec.shape[1:]
        colour, alpha = for_pipeline(request.one_source_each().values, self._data, size)
        masks = None if request.mask is None else masks_at(request.mask_over(self._data), size)
        if masks is not None:
            masks = np.broadcast_to(masks, (count, *masks.shape[1:]))
        return Batch(seeds.tolist(), prompts, classes, colour, masks), alpha

    def _report(self, request: Request, dropped: int) -> None:
        name, tries = self.spec.class_names[request.label], 1 + self._making.redraws
        if dropped == request.count:
            raise DataError(
                f"the safety checker of {self.record['pipeline']} flagged every image of class {name!r} "
                f"in each of {tries} tries: choose other prompts, or a pipeline for such images"
            )
        self._hooks.warned(
            message=f"the safety checker flagged {dropped} of {request.count} images of class {name!r} in "
            f"each of {tries} tries: they are left out"
        )


def _replaced(text: str, word: str, by: str) -> str:
    """Return a text with another word for a word; parts of longer words are not it."""
    return re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", lambda _: by, text, flags=re.IGNORECASE)
