"""Which steps a pipeline has, and the fingerprint of each."""

from __future__ import annotations

import importlib.metadata
import platform
from typing import TYPE_CHECKING

from genaug.identity import distribution, parts
from genaug.registry import Registry
from genaug.seeds import derive_seed
from genaug.stages import audit, export, fit, generate, select, split, validate
from genaug.stages.step import Step
from genaug.store import fingerprint

if TYPE_CHECKING:
    from genaug.pipeline import Pipeline


def planned(pipeline: Pipeline, registry: Registry) -> list[Step]:
    """Return the steps of a pipeline, each behind those it reads.

    Raises:
        DataError: where the source's data is not there.
    """
    p = pipeline
    chain = list(select.steps(p.selectors, p.extractor, registry))
    last = chain[-1].name if chain else None
    validations = list(validate.steps(p.validators, last, p.task, p.extractor, registry))
    names = tuple(step.name for step in validations)
    exports = export.steps(p.exporters, last, names, p.task, p.config(), versions(p, registry), registry)
    return [
        audit.step(p.source, registry),
        split.step(p.split, derive_seed(p.seed, "split")),
        fit.step(p.generator, registry),
        generate.step(p.generator, p.strategy, registry),
        *chain,
        *validations,
        *exports,
    ]


def fingerprints(steps: list[Step], seed: int) -> dict[str, str]:
    """Return the fingerprint of each step, by name."""
    marks: dict[str, str] = {}
    for step in steps:
        marks[step.name] = fingerprint(
            {
                "step": step.name,
                "version": step.version,
                "recipe": step.recipe,
                "inputs": [marks[name] for name in step.inputs],
                "seed": seed,
            }
        )
    return marks


def versions(pipeline: Pipeline, registry: Registry) -> dict[str, str]:
    """Return the version of Python, of the numeric packages and of each distribution with a part."""
    found = {"python": platform.python_version()}
    for name in ("genaug", "torch", "numpy", "scikit-learn", "faiss-cpu"):
        found[name] = importlib.metadata.version(name)
    fields = (getattr(pipeline, name) for name in type(pipeline).model_fields)
    for value in fields:
        for component in value if isinstance(value, tuple) else (value,):
            if hasattr(component, "kind"):
                for part in parts(component):
                    name, _, version = distribution(type(part), registry).rpartition(" ")
                    if name != "module":
                        found[name] = version
    return dict(sorted(found.items()))
