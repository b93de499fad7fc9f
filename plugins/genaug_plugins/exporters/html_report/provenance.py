"""Provenance of a run's samples and results: components, seeds, artifacts, and the use of each view."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from genaug.contracts import CompletedRun
from genaug_plugins.exporters.html_report.words import few

_SEEDS = 5
"""Maximum number of the requests' seeds that are listed."""


_START = {
    "none": "",
    "checked": " The earlier fit that the generator started from used no sample of the other "
    "views: their contents were compared.",
    "stated": " But the generator started from an earlier fit, whose training samples could not "
    "be compared: the config states that it shares no sample with this data.",
}
"""Sentence about the fit that the generator started from."""


def provenance(run: CompletedRun) -> dict[str, Any]:
    """Return the use of each view, in sentences, and the facts of the run as pairs of label and text."""
    return {"views": list(_views(run)), "facts": [*_parts(run.config), *_model(run), *_made(run)]}


def _views(run: CompletedRun) -> Iterator[tuple[str, str]]:
    evidence = run.evidence
    if run.folds > 1:
        yield (
            f"{run.folds} folds of {len(evidence.train.samples):,} real samples",
            "Every sample was a test sample in one fold. In that fold the generator, the selectors and the "
            "choices of the comparison had access to the samples of the other folds only. The report of "
            "each fold's run is made with `genaug report RUN/folds/1`." + _START[run.start],
        )
        return
    sizes = {
        "training": len(evidence.train.samples),
        "validation": len(evidence.validation.samples),
        "test": len(evidence.test.samples),
    }
    yield (
        f"Training view, {sizes['training']:,} samples",
        "The generator was trained on these, the strategy counted them, and the selectors compared "
        "candidates with them. None of the three had access to any other sample of this data."
        + _START[run.start],
    )
    verdicts = [part.verdict for part in run.findings if part.verdict]
    chosen = {f"the augmented arm, {one.augmented}": None for one in verdicts if one.augmented}
    # Verdicts of older runs have no gains: their baseline was chosen.
    chosen |= {f"the baseline of the verdict, {one.baseline}": None for one in verdicts if not one.gains}
    yield (
        f"Validation view, {sizes['validation']:,} samples",
        "The choices of a comparison are made on these, never on the test view."
        + (f" Chosen here: {', and '.join(chosen)}." if chosen else ""),
    )
    yield (
        f"Test view, {sizes['test']:,} samples",
        "Validators measured on these at the end. Nothing was trained or chosen on them.",
    )


def _parts(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for kind, settings in config.items():
        parts = settings if isinstance(settings, list) else [settings]
        names = [str(one["use"]) for one in parts if isinstance(one, Mapping) and "use" in one]
        if names:
            yield kind.capitalize(), ", ".join(names)
    if isinstance(split := config.get("split"), Mapping):
        asked = [f"{name.replace('_', ' ')} {value}" for name, value in split.items() if value is not None]
        yield "Split", ", ".join(asked) or "by default"
    if "seed" in config:
        yield "Seed", f"{json.dumps(config['seed'])}; each stage derives its own seed from it by name"


def _model(run: CompletedRun) -> Iterator[tuple[str, str]]:
    if run.model:
        yield "Choice of the model", run.model.removeprefix("model: ")


def _made(run: CompletedRun) -> Iterator[tuple[str, str]]:
    pool = run.evidence.pool
    counts = np.bincount(pool.origin, minlength=len(pool.origins))  # candidates of each request
    for generator in dict.fromkeys(origin.generator for origin in pool.origins):
        own = [number for number, origin in enumerate(pool.origins) if origin.generator == generator]
        seeds = few([str(pool.origins[number].seed) for number in own], _SEEDS)
        yield "Generator artifact", generator
        yield "Generated", f"{counts[own].sum():,} candidates in {len(own):,} requests, with seeds {seeds}"
