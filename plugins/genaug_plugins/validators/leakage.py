"""Leakage: copies across the views, and copies of held-out samples among the candidates."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Context, Evidence, Validator
from genaug.data import Finding, Findings, Samples
from genaug.data.copies import CLOSE, MOST, near_copies_across
from genaug.data.samples import BoolArray

RUN = 2
"""Words in a row which a text shares with training texts where it can be put together of parts of them."""
CHANCE = 2.0
"""Ratio of the frequencies of copies of a held-out and of a training sample that chance explains."""


class LeakageValidator(Validator):
    """Find exact and near copies between the views, and of held-out samples among the candidates.

    A test sample that nearly equals a training sample measures memorization, not learning; a selected
    candidate that nearly equals a test sample leaks it into the training set. Samples are near copies where
    their root-mean-square difference (of images: of thumbnails) is at most 1/64 of the value range. No
    feature space is used: a copy that is shifted or mirrored is not found.

    Candidates resemble held-out samples where training samples do: the reference of their share is the share
    of the training samples.
    """

    name: ClassVar[str] = "leakage"
    title: ClassVar[str] = "Does a sample occur in two views?"
    reads_task: ClassVar[bool] = False

    def measure(self, evidence: Evidence, context: Context) -> Findings:
        """Count copies; with more than 50,000 samples on one side, skip the search and warn."""
        views = {
            "train": evidence.train.samples,
            "validation": evidence.validation.samples,
            "test": evidence.test.samples,
        }
        selected = evidence.selected.samples
        findings, warnings, cautions = list[Finding](), list[str](), list[str]()
        copied: dict[str, list[str]] = {"selected": [], "views": []}
        by_chance: list[str] = []
        across = (("validation", "train"), ("test", "train"), ("test", "validation"))
        jobs = [(name, of, views[name], views[of]) for name, of in across]
        jobs += [("selected", of, selected, views[of]) for of in ("validation", "test")]
        for name, of, samples, known in context.track(jobs, "copies"):
            if not len(samples) or not len(known):
                warnings.append(f"no search for copies: {name} has {len(samples)} samples, {of} {len(known)}")
                continue
            if max(len(samples), len(known)) > MOST:
                warnings.append(f"no search for copies between {name} and {of}: more than {MOST:,} samples")
                continue
            near, exact = _copies(samples, known, evidence)
            reference = None
            if name == "selected" and len(views["train"]):
                reference = float(_copies(views["train"], known, evidence)[0].mean())
            findings.append(_finding(name, of, samples, near, exact, reference, evidence.spec.class_names))
            if near.any():
                synthetic = name == "selected"
                what = "selected candidates" if synthetic else f"samples of the {name} view"
                counted = f"{near.sum()} of {len(samples)} {what} copy a sample of the {of} view"
                if (
                    synthetic
                    and exact.any()
                    and _by_chance(evidence, known, known.ids[np.isin(known.ids, samples.ids)])
                ):
                    by_chance.append(counted)
                    continue
                counted += f", {exact.sum()} of them exactly"
                copied["selected" if synthetic else "views"].append(counted)
                if synthetic and exact.any() and of == "test":
                    cautions.append(f"{counted}: scores on the test view are too optimistic")
        optimistic = "scores on held-out samples are too optimistic"
        warnings += [f"{'; '.join(one)}: {optimistic}" for one in copied.values() if one]
        chance = "by chance: samples of so few different values are equal to training samples as often"
        if evidence.spec.modality == "text":
            chance = (
                "by chance: all words of these texts follow each other in training texts, too, and short "
                "texts of common words are made again and again"
            )
        return Findings(
            validator=self.name,
            findings=tuple(findings),
            warnings=tuple(warnings),
            cautions=tuple(cautions),
            remarks=(f"{'; '.join(by_chance)}, {chance}",) if by_chance else (),
        )


def _copies(samples: Samples, known: Samples, evidence: Evidence) -> tuple[BoolArray, BoolArray]:
    """Return which samples have a near or exact copy among the known ones, and which an exact one."""
    exact = np.isin(samples.ids, known.ids)
    return near_copies_across(samples, known, evidence.spec) | exact, exact


def _by_chance(evidence: Evidence, known: Samples, copied: NDArray[np.str_]) -> bool:
    """Return whether held-out samples are copied no more often than training samples, and chance can do it.

    Where no two training samples are equal, the values are not few, and a copy is a copy; but texts may be
    put together of parts of training texts. All candidates count, because selectors drop copies of training
    samples.

    Args:
        evidence: of the run.
        known: the held-out samples, one or more.
        copied: ids of those that candidates are equal to.
    """
    made, train = evidence.pool.ids, evidence.train.samples
    if len(np.unique(train.ids)) == len(train):
        copies = known.values[np.isin(known.ids, copied)]
        if evidence.spec.modality != "text" or not _put_together(copies, train.values):
            return False
        if not np.isin(made, train.ids).any():
            return True  # its generator makes no training text again, so there is nothing to compare with
    own = float(np.isin(made, train.ids).mean()) / len(train)
    return own > 0 and float(np.isin(made, known.ids).mean()) / len(known) <= CHANCE * own


def _put_together(texts: NDArray[np.object_], training: NDArray[np.object_]) -> bool:
    """Return whether all runs of `RUN` words of the texts (all words of shorter ones) are in the training."""
    known = {run for text in training for run in _runs(text)}
    return all(run in known for text in texts for run in _runs(text))


def _runs(text: str) -> list[tuple[str, ...]]:
    words = text.split()
    return [tuple(words[at : at + RUN]) for at in range(max(1, len(words) - RUN + 1))]


def _finding(
    name: str,
    of: str,
    samples: Samples,
    near: BoolArray,
    exact: BoolArray,
    reference: float | None,
    class_names: tuple[str, ...],
) -> Finding:
    from genaug.statistics.shares import wilson_interval

    near_is = f"near: within {CLOSE:.3g} of the value range, root mean square"
    return Finding(
        name=f"copies_of_{of}[{name}]",
        value=float(near.mean()),
        better="lower",
        interval=wilson_interval(int(near.sum()), len(near)),
        bounds=(0.0, 1.0),
        n=len(near),
        reference=reference,
        per_class={
            class_names[label]: float(near[samples.labels == label].mean())
            for label in np.unique(samples.labels)
        },
        note=f"{int(exact.sum())} of them exact; {near_is}",
    )
