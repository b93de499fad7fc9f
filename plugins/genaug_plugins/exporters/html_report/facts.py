"""The facts about a candidate."""

import json
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Evidence
from genaug_plugins.exporters.html_report.words import few, number

Facts = list[tuple[str, str]]

_SOURCES = 5
"""Maximum number of a candidate's source samples that are listed."""


def all_scores(evidence: Evidence) -> Mapping[str, NDArray[np.float64]]:
    """Return the scores of the generator and the selectors, by name in order, ``[N]`` each."""
    of_generator = {f"generator.{name}": column for name, column in evidence.pool.scores.items()}
    return dict(sorted({**of_generator, **evidence.funnel.scores}.items()))


def candidate_facts(evidence: Evidence, row: int) -> Facts:
    """Return a candidate's outcome, its scores and its origin, as pairs of label and text."""
    pool, funnel = evidence.pool, evidence.funnel
    origin = pool.origins[pool.origin[row]]
    kept = bool(funnel.kept[row])
    facts: Facts = [
        ("Sample", "synthetic, kept" if kept else "synthetic, dropped"),
        ("Class", evidence.spec.class_names[pool.labels[row]]),
    ]
    if not kept:
        facts += [("Dropped by", str(funnel.dropped_by[row])), ("Why", str(funnel.reasons[row]))]
    facts += [
        (f"Score {score}", number(float(column[row])))
        for score, column in all_scores(evidence).items()
        if not np.isnan(column[row])
    ]
    if origin.soft_label is not None:
        shares = zip(evidence.spec.class_names, origin.soft_label, strict=True)
        facts.append(("Soft label", ", ".join(f"{share:.3g} {name}" for name, share in shares if share)))
    if origin.prompt:
        facts.append(("Prompt", origin.prompt))
    if origin.sources:
        facts.append(("Started from", few(origin.sources, _SOURCES)))
    if pool.metadata is not None:
        known = json.loads(str(pool.metadata[row]))
        facts += [(f"Its {name}", str(value)) for name, value in known.items()]
    return [
        *facts,
        ("Generator", origin.generator),
        ("Seed", f"{origin.seed}, place {pool.position[row]} in its request"),
        ("Content id", str(pool.ids[row])),
    ]
