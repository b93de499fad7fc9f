"""Loading of pipelines from folders, onto a device; safetensors only."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import diffusers
import torch
import transformers
from diffusers import DiffusionPipeline
from safetensors import SafetensorError

from genaug.errors import ConfigError, MissingWeights
from genaug_plugins.pipelines.folder import PipelineFolder

DtypeName = Literal["auto", "float32", "float16", "bfloat16"]
Offload = Literal["none", "model", "sequential"]


def load_pipeline(folder: PipelineFolder, device: str, dtype: DtypeName, offload: Offload) -> Any:
    """Return the pipeline of a folder, in evaluation mode, without progress bars.

    Args:
        folder: with the pipeline.
        device: torch device.
        dtype: of weights and passes; `auto`: float32 on the CPU, float16 on a GPU.
        offload: what stays on the CPU until it is used; on the CPU it means nothing.

    Raises:
        MissingWeights: where it cannot be read.
    """
    folder.check_weights()
    absent: dict[str, Any] = {name: None for name, there in folder.components.items() if not there}
    # A checker that the folder has is loaded and used; one that it lacks cannot be.
    if "safety_checker" in absent:
        absent["requires_safety_checker"] = False
    kind = getattr(torch, ("float32" if device == "cpu" else "float16") if dtype == "auto" else dtype)
    try:
        with quiet(), torch.random.fork_rng(devices=[]):
            pipeline: Any = DiffusionPipeline.from_pretrained(
                folder.path,
                variant=folder.variant,
                dtype=kind,
                use_safetensors=True,
                local_files_only=True,
                **absent,
            )
    except (SafetensorError, OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise MissingWeights(f"the pipeline in {folder.path} cannot be loaded: {reason}") from error
    pipeline.set_progress_bar_config(disable=True)
    for part in pipeline.components.values():
        if isinstance(part, torch.nn.Module):
            part.requires_grad_(False).eval()
    place(pipeline, device, offload)
    return pipeline


def set_scheduler(pipeline: Any, name: str) -> None:
    """Replace the scheduler of a pipeline by another one of diffusers with the same noise levels.

    Raises:
        ConfigError: where there is no such scheduler, or it does not go with the pipeline.
    """
    kind = getattr(diffusers, name, None) if name.endswith("Scheduler") else None
    if kind is None:
        raise ConfigError(
            f"scheduler: diffusers has no {name}; there are DDIMScheduler, DPMSolverMultistepScheduler, "
            "EulerAncestralDiscreteScheduler and others"
        )
    flow = [type(pipeline.scheduler).__name__.startswith("FlowMatch"), name.startswith("FlowMatch")]
    if len(set(flow)) > 1:
        raise ConfigError(
            f"scheduler: {name} does not go with {type(pipeline).__name__}, which has a "
            f"{type(pipeline.scheduler).__name__}: choose one of the same kind (flow matching or not)"
        )
    with quiet():
        pipeline.scheduler = kind.from_config(pipeline.scheduler.config)


def place(pipeline: Any, device: str, offload: Offload) -> None:
    """Move a pipeline to a device, or set it up to move its parts there when they are used."""
    if device == "cpu" or offload == "none":
        pipeline.to(device)
    elif offload == "model":
        pipeline.enable_model_cpu_offload(device=device)
    else:
        pipeline.enable_sequential_cpu_offload(device=device)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence progress bars, remarks and deprecations of diffusers and transformers; errors stay."""
    libraries = (diffusers.utils.logging, transformers.utils.logging)
    before = [(library, library.get_verbosity(), library.is_progress_bar_enabled()) for library in libraries]
    for library in libraries:
        library.set_verbosity_error()
        library.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            for kind in (DeprecationWarning, FutureWarning):
                warnings.simplefilter("ignore", kind)
            yield
    finally:
        for library, verbosity, shown in before:
            library.set_verbosity(verbosity)
            if shown:
                library.enable_progress_bar()
