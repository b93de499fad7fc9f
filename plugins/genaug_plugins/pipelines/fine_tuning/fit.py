"""Fine-tune a loaded pipeline on the training view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from genaug import Context
from genaug.data import Samples, SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug.data.seeds import derive_seed
from genaug.errors import DataError
from genaug.training import loop
from genaug.training.state import seeded
from genaug_plugins.pipelines.calls import Batch, CallOptions, PipelineCalls
from genaug_plugins.pipelines.fine_tuning.adapters import Adapter, Files, LowRank, NewWords
from genaug_plugins.pipelines.fine_tuning.denoising import Condition, Denoising
from genaug_plugins.pipelines.fine_tuning.run import FineTuningRun
from genaug_plugins.pipelines.fine_tuning.settings import FineTune
from genaug_plugins.pipelines.images import for_pipeline, from_pipeline

AT_ONCE = 4
"""Images that the pipeline makes at a time for the prior."""


@dataclass(frozen=True, eq=False)
class FineTuned:
    """The outcome of a fine-tuning.

    Attributes:
        files: the adapters.
        words: what each class is called in prompts now; empty: as before.
        history: the logged values by name.
        warnings: for the user.
    """

    files: Files
    words: Sequence[str]
    history: Mapping[str, Sequence[float]]
    warnings: Sequence[str]


def fine_tune(
    config: FineTune,
    calls: PipelineCalls,
    train: TrainView,
    native: SampleSpec,
    words: Sequence[str],
    template: str,
    options: CallOptions,
    context: Context,
) -> FineTuned:
    """Train adapters; an interrupted training resumes from its checkpoint, bitwise the same on the CPU.

    Args:
        config: settings of the training.
        calls: of the loaded pipeline, which is changed.
        train: the training view.
        native: spec of samples at the pipeline's resolution.
        words: the class words.
        template: of prompts, with ``{class}``.
        options: for images that the pipeline makes itself.
        context: seed, device, hooks, checkpoint.

    Raises:
        DataError: where the view is empty.
        TrainingDiverged: where it diverged before the first checkpoint.
    """
    if len(train.samples) == 0:
        raise DataError("the training view is empty: nothing can be learned; ask for more in `split`")
    size = native.shape[1:]
    device = torch.device(context.device)
    prompts = [template.replace("{class}", word) for word in words]
    own, made = list[str](), None
    with seeded(device, derive_seed(context.seed, "adapter")):
        denoising = Denoising(calls.pipeline, size)
        priors: Condition = {}
        if config.method == "dreambooth-lora":
            own = [f"{config.rare_word} {word}" for word in words]
            made = _prior(config.prior_images, calls, prompts, options, context)
            made = _encoded(denoising, made.values, made.labels)
            with torch.no_grad():
                priors = denoising.condition(prompts)
            prompts = [template.replace("{class}", word) for word in own]
        elif config.method == "textual-inversion":
            own = [f"<class-{number}>" for number in range(len(words))]
        images, _ = for_pipeline(train.samples.values, train.spec, size)
        moments = _encoded(denoising, images, train.samples.labels)
        adapter: Adapter
        if config.method == "textual-inversion":
            adapter = NewWords(denoising, calls.pipeline, words, own, template)
            prompts = [template.replace("{class}", word) for word in own]
        else:
            adapter = LowRank(denoising, config.rank, prompts)

        def sample(label: int, count: int, seed: int) -> FloatArray:
            batch = Batch([derive_seed(seed, str(n)) for n in range(count)], [prompts[label]] * count)
            return from_pipeline(calls(batch, options)[0], native.shape[0])

        random = torch.Generator(device).manual_seed(derive_seed(context.seed, "training"))
        run = FineTuningRun(denoising, adapter, moments, made, priors, config, random, native, sample)
        result = loop.train(run, context)
        run.keep_average()
    return FineTuned(adapter.files(), own, result.history, result.warnings)


def _prior(
    count: int, calls: PipelineCalls, prompts: Sequence[str], options: CallOptions, context: Context
) -> Samples:
    """Return `count` images of each class, made by the pipeline as it is, ``[N, 3, H, W]``."""
    values, labels = [], []
    jobs = [
        (label, range(start, min(start + AT_ONCE, count)))
        for label in range(len(prompts))
        for start in range(0, count, AT_ONCE)
    ]
    for label, numbers in context.track(jobs, "images for the prior"):
        seeds = [derive_seed(context.seed, "prior", str(label), str(number)) for number in numbers]
        images, flagged = calls(Batch(seeds, [prompts[label]] * len(seeds)), options)
        values.append(images[~flagged])
        labels += [label] * int((~flagged).sum())
    if not labels:
        raise DataError("the safety checker flagged every image that the pipeline made: choose other prompts")
    return Samples(np.concatenate(values), np.array(labels, dtype=np.int64))


def _encoded(denoising: Denoising, images: FloatArray, labels: np.ndarray) -> Samples:
    return Samples(denoising.encode(images).numpy(), labels)
