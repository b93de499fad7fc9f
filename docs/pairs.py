"""Which strategy works with which generator, on samples of which modality: by what they state, never by hand.

`docs/build_plugin_tables.py` writes the table, `tests/plugins/test_pairs.py` runs each pair.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from pydantic import ValidationError

from genaug.components.component import Component
from genaug.components.registry import ENGINE, Registry
from genaug.contracts import Generator, Strategy
from genaug.data import DataFacts, SampleSpec
from genaug.data.split import Split
from genaug.errors import GenaugError, MissingRequirement, MissingWeights
from genaug.execution.before_the_fit import check_usable
from genaug.stages import generate
from genaug.testing.companions import FlatExtractor, LabelTask
from genaug.testing.formulas import spec_of
from genaug.testing.material import OFFERED

MODALITIES = ("image", "signal", "vector", "table", "text")
EACH = np.array([6, 6, 6])
"""Samples of each class in each view."""
TINY_GAN = {"steps": 2, "batch_size": 4}
SETTINGS: Mapping[tuple[str, str], Mapping[str, dict[str, Any]]] = {
    ("generator", "calibrated"): {"": {"rich": 6}},
    ("generator", "diffusion"): {"": {"width": 8, "resolutions": 2, "sampling_steps": 2, "batch_size": 4}},
    ("generator", "gan"): {
        "": {**TINY_GAN, "architecture": {"use": "dcgan", "width": 4, "latent_dim": 4}},
        "conv1d": {**TINY_GAN, "architecture": {"use": "conv1d"}},
        "mlp": {**TINY_GAN, "architecture": {"use": "mlp"}},
    },
    ("generator", "forest-flow"): {"": {"times": 3, "repeats": 2, "trees": 2}},
    ("generator", "language-model"): {
        "": {"width": 16, "layers": 1, "heads": 2, "vocabulary": 256, "attempts": 2, "batch_size": 8}
    },
    ("generator", "pretrained"): {"": {"pipeline": "owner/any-pipeline"}},
    ("generator", "vae"): {"": {"width": 4, "batch_size": 8}},
    ("generator", "ready-made"): {"": {"source": {"use": "in-memory", "digest": "of no arrays"}}},
    ("generator", "remix"): {"": {}, "blend": {"way": "blend"}},
    ("strategy", "hard-classes"): {"": {"total": 6}, "around": {"total": 6, "around": 0.5}},
    ("strategy", "inter-class"): {"": {"add": 3}, "latent": {"add": 3, "way": "latent"}},
}
"""Settings of components that need some, or that work with other partners with others, by what is special."""
USUAL = ({}, {"add": 3})
"""Settings of the others: the first that are accepted."""


def components(kind: str) -> Iterator[tuple[str, Component | None]]:
    """Yield the installed built-ins of a kind, with what is special of their settings in parentheses.

    None for one that cannot be made without knowing more: without a package, or a file.
    """
    registry = Registry.installed()
    for entry in registry.entries(kind):
        if entry.distribution != ENGINE:
            continue
        given = SETTINGS.get((kind, entry.name))
        for special, settings in (given or {"": {}}).items():
            label = f"{entry.name} ({special})" if special else entry.name
            yield label, _made(registry, kind, entry.name, [settings] if given else USUAL)


def obstacle(generator: Generator, strategy: Strategy, spec: SampleSpec) -> str:
    """Return why a pair cannot work on samples of a spec, before anything is learned; "" where it can."""
    try:
        generate.check_place(strategy, generator, LabelTask())
        check_usable((strategy,), FlatExtractor(), spec)
    except (GenaugError, ValueError) as error:
        return str(error)
    return ""


def specs(generator: Generator) -> Mapping[str, SampleSpec]:
    """Return the spec of the samples of each modality that a generator reads, by modality."""
    found = {}
    for shape, modality in OFFERED:
        spec = spec_of(shape, modality)
        try:
            check_usable((generator,), FlatExtractor(), spec)
            generator.check_data(DataFacts(spec, Split(), EACH, EACH, EACH))
        except (MissingWeights, MissingRequirement):
            pass  # it reads them where its weights are
        except GenaugError:
            continue
        found.setdefault(modality, spec)
    return found


def table() -> str:
    """Return a row for each generator, a column for each strategy, and the modalities in the cells."""
    strategies = list(components("strategy"))
    lines = [
        f"| generator | {' | '.join(f'`{label}`' for label, _ in strategies)} |",
        "|---" * (1 + len(strategies)) + "|",
    ]
    rows: dict[str, list[set[str]]] = {}
    unknown = set()
    for label, generator in components("generator"):
        row = rows.setdefault(label.partition(" (")[0], [set() for _ in strategies])
        if not isinstance(generator, Generator):
            unknown.add(label)
            continue
        for modality, spec in specs(generator).items():
            for cell, (_, strategy) in zip(row, strategies, strict=True):
                if isinstance(strategy, Strategy) and not obstacle(generator, strategy, spec):
                    cell.add(modality)
    for name, row in rows.items():
        cells = [" ".join(one for one in MODALITIES if one in cell) for cell in row]
        none = "?" if name in unknown else "–"
        lines.append(f"| `{name}` | {' | '.join(cell or none for cell in cells)} |")
    return "\n".join(lines)


def _made(
    registry: Registry, kind: str, name: str, offered: tuple[dict[str, Any], ...] | list[dict[str, Any]]
) -> Component | None:
    try:
        cls = registry.get(kind, name)
    except GenaugError:
        return None
    for settings in offered:
        try:
            return cls.model_validate(settings)
        except ValidationError:
            continue
    return None
