"""The content of the page, in its order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genaug.contracts import CompletedRun
from genaug_plugins.exporters.html_report import charts, words
from genaug_plugins.exporters.html_report.browser import browser
from genaug_plugins.exporters.html_report.candidates import class_samples, class_table, funnel
from genaug_plugins.exporters.html_report.cards import CARDS
from genaug_plugins.exporters.html_report.measured import Drawn, measured
from genaug_plugins.exporters.html_report.pictures import EXACT
from genaug_plugins.exporters.html_report.provenance import provenance
from genaug_plugins.exporters.html_report.samples import Gallery
from genaug_plugins.exporters.html_report.summary import summary
from genaug_plugins.exporters.html_report.thumbnails import Thumbnails

PROBLEMS = 50
"""Maximum number of problems of the data that are listed."""
_STYLES = {"signal": "signals", **dict.fromkeys(CARDS, "cards")}
"""Style of the pictures, by modality."""


@dataclass(frozen=True)
class Most:
    """Limits of what the page shows of a run.

    Attributes:
        per_class: real, kept and dropped samples of each class.
        samples: samples of all classes.
        pairs: closest pairs of each figure.
        candidates: candidates to filter and tag.
        points: samples behind the points of all charts.
    """

    per_class: int
    samples: int
    pairs: int
    candidates: int
    points: int


def content(run: CompletedRun, most: Most) -> tuple[dict[str, Any], Thumbnails]:
    """Return the variables of the page's template, and its pictures."""
    evidence = run.evidence
    gallery = Gallery(evidence)
    pictured = sum(bool(figure.samples) for part in run.findings for figure in part.figures)
    verdicts = [summary(part.verdict) for part in run.findings if part.verdict]
    parts = [
        measured(
            f"measured-{place}",
            part,
            evidence.spec.class_names,
            gallery,
            most.pairs,
            most.points // max(1, pictured),
        )
        for place, part in enumerate(run.findings)
    ]
    cautions = words.cautions(run.findings, evidence.funnel, run.audit, run.warnings)
    curves = [Drawn(title, caption, chart) for title, caption, chart in charts.curves(run.history)]
    shape = evidence.spec.shape
    exact = evidence.spec.modality == "image" and max(shape[1:]) <= EXACT
    page = {
        "headline": verdicts[0].headline if verdicts else "Not measured yet",
        "source": _used(run.config, "source"),
        "generator": _used(run.config, "generator"),
        "verdicts": verdicts,
        "beside": [f"{one[:1].upper()}{one[1:]}." for part in run.findings for one in part.cautions],
        "unasked": words.UNASKED,
        "glossary": words.GLOSSARY,
        "counts": {
            "classes": evidence.spec.classes,
            "train": f"{len(evidence.train.samples):,}",
            "candidates": f"{len(evidence.pool):,}",
            "kept": f"{int(evidence.funnel.kept.sum()):,}",
            # Over folds, every real sample is tested in one of them.
            "test": f"{len((evidence.train if run.folds > 1 else evidence.test).samples):,}",
        },
        "cautions": cautions,
        "remarks": words.remarks(run.findings, evidence.funnel),
        "parts": parts,
        "funnel": list(funnel(evidence)),
        **class_table(evidence),
        **class_samples(evidence, gallery, most.per_class, most.samples),
        "picture_class": "exact" if exact else _STYLES.get(evidence.spec.modality, "smooth"),
        "thumb_size": 48 if exact else 72,
        "modality": evidence.spec.modality,
        "shape": " × ".join(map(str, shape)),
        "curves": curves,
        "folds": run.folds,
        "audit": _audit(run.audit),
        "provenance": provenance(run),
    }
    page["browser"] = browser(evidence, gallery, most.candidates)
    page["pictures"] = shown = _shown(page)
    page["behind"] = _behind(page, shown)
    page["sections"] = [
        ("verdict", "Verdict"),
        *([("cautions", "Warnings")] if cautions else []),
        *((part["anchor"], part["title"]) for part in parts if part["decisive"]),
        *((f"{part['anchor']}-samples", "Mistakes") for part in parts if part["matrices"] or part["changes"]),
        ("candidates", "Candidates"),
        *([("browser", "Filter and tag")] if page["browser"] else []),
        ("samples", "Samples"),
        *((part["anchor"], part["title"]) for part in parts if not part["decisive"]),
        *([("training", "Training")] if curves else []),
        ("data", "Data"),
        ("words", "Words"),
        ("provenance", "Provenance"),
        ("recipe", "Recipe"),
    ]
    return page, gallery.thumbnails


def _shown(page: Mapping[str, Any]) -> list[str]:
    """Return the keys of the pictures that the page shows at once."""
    shown = [one for _, groups in page["classes"] for group in groups for one in group.shown]
    for part in page["parts"]:
        shown += [
            one
            for figure in part["pairs"]
            for pair in figure["shown"]
            for one in (pair.candidate, pair.training)
        ]
        changed = [
            one for change in part["changes"] for _, _, samples, _ in change["groups"] for one in samples
        ]
        shown += [one.shown for one in changed if one.shown]
    return sorted({one.picture for one in shown})


def _behind(page: Mapping[str, Any], shown: Sequence[str]) -> dict[str, Any]:
    """Return what the page shows on demand: the samples behind points, and the candidates to browse."""
    points = {
        drawn.key: [
            [one.trace, one.place, one.shown.picture, one.shown.alt, one.shown.facts] for one in drawn.points
        ]
        for part in page["parts"]
        for drawn in part["charts"]
        if drawn.points
    }
    candidates = page["browser"]["data"] if page["browser"] else {}
    keys = [picture for own in points.values() for _, _, picture, _, _ in own]
    keys += [one["picture"] for one in candidates.get("candidates", ()) if one["picture"]]
    return {"pictures": sorted({*keys} - {*shown}), "points": points, "browser": candidates}


def _used(config: Mapping[str, Any], kind: str) -> str:
    return str((config.get(kind) or {}).get("use", "unknown"))


def _audit(audit: Mapping[str, Any]) -> dict[str, Any]:
    found = [
        f"{audit[key]:,} {what}"
        for key, what in (
            ("exact_copies", "are exact copies of another one"),
            ("near_copies", "are near copies of another one"),
            ("conflicting_labels", "have more than one class"),
        )
        if audit.get(key)
    ]
    problems = list(audit.get("problems", ()))
    return {
        "samples": f"{audit.get('samples', 0):,}",
        "copies": f"Of them {', '.join(found)}." if found else "",
        "problems": problems[:PROBLEMS],
        "more_problems": max(0, len(problems) - PROBLEMS),
    }
