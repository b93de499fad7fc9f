"""Fitted samplers: loaded onto a device, and checked against the statements of their generator."""

from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from genaug.components.calling import call_with_known
from genaug.components.identity import described
from genaug.contracts import Context, Generator, Sampler
from genaug.contracts.capabilities import unknown_capabilities
from genaug.data import SampleSpec
from genaug.data.resampling import why_not
from genaug.errors import PluginFailed


def load_sampler(generator: Generator, folder: Path, context: Context) -> Sampler:
    """Load a sampler onto the context's device; a generator whose `load` takes no context gets none.

    Raises:
        PluginFailed: where the generator returns something else.
    """
    sampler = call_with_known(generator.load, folder, context)
    if not isinstance(sampler, Sampler):
        raise PluginFailed(
            f"`load` of the {described(generator)} returned {_named(sampler)}, not a Sampler: return what "
            "its `fit` returned"
        )
    return sampler


def check_sampler(sampler: Any, generator: Generator, spec: SampleSpec) -> Sampler:
    """Return a generator's sampler after checking it against the contract.

    Args:
        sampler: the return value of `fit`.
        generator: the generator that it belongs to.
        spec: of the training view.

    Raises:
        PluginFailed: naming the generator and what is wrong.
    """
    if not isinstance(sampler, Sampler):
        raise PluginFailed(f"`fit` of the {described(generator)} returned {_named(sampler)}, not a Sampler")
    wrong = _wrong(sampler, generator, spec)
    if wrong:
        raise PluginFailed(f"the sampler of the {described(generator)} breaks its contract: {wrong}")
    return sampler


def _wrong(sampler: Sampler, generator: Generator, spec: SampleSpec) -> str:
    own = getattr(sampler, "spec", None)
    if not isinstance(own, SampleSpec):
        return f"its `spec` is {_named(own)}, not a SampleSpec: set it in `__init__`"
    if reason := why_not(own, spec):
        return f"{reason}, as the training view has it"
    if unknown := unknown_capabilities(frozenset(sampler.capabilities)):
        return unknown
    if missing := sorted(generator.given_capabilities - sampler.capabilities):
        return (
            f"`given_capabilities` of the generator states {', '.join(missing)}, and the sampler's "
            f"`capabilities` are {', '.join(sorted(sampler.capabilities)) or 'none'}: let the two agree"
        )
    if "latent" in sampler.capabilities and not _is_count(sampler.latent_dim):
        return f"it states the capability `latent`, and its `latent_dim` is {sampler.latent_dim!r}"
    if "encode" in sampler.capabilities:
        if "latent" not in sampler.capabilities:
            return "it states the capability `encode` without `latent`: nothing could be made of its latents"
        if type(sampler).encode is Sampler.encode:
            return "it states the capability `encode` and has no `encode` of its own"
    if not _is_count(sampler.chunk_size):
        return f"its `chunk_size` is {sampler.chunk_size!r}, not a whole number from 1 on"
    model: Any = sampler.options_model
    if model is not None and not (isinstance(model, type) and issubclass(model, BaseModel)):
        return f"its `options_model` is {_named(model)}, not a pydantic model"
    if generator.given_options is not None and model is not generator.given_options:
        return "its `options_model` is not the `given_options` that the generator states"
    if sampler.available is not None and len(sampler.available) != spec.classes:
        return f"`available` has {len(sampler.available)} entries for {spec.classes} classes"
    if "finite" in sampler.capabilities and sampler.available is None:
        return "it states the capability `finite` and has no `available`"
    return ""


def _is_count(number: object) -> bool:
    return isinstance(number, int | np.integer) and not isinstance(number, bool) and int(number) >= 1


def _named(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
