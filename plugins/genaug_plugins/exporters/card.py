"""The head of a data set card: the verdict, and what there is of each class."""

import re

from genaug import CompletedRun


def summary(run: CompletedRun) -> str:
    """Return title, verdict and a table of the classes, in markdown."""
    evidence = run.evidence
    verdicts = [findings.verdict.sentence for findings in run.findings if findings.verdict]
    classes = evidence.spec.classes
    rows = zip(
        evidence.spec.class_names,
        evidence.train.samples.per_class(classes),
        evidence.selected.samples.per_class(classes),
        strict=True,
    )
    table = "\n".join(f"| {escaped(name)} | {real} | {kept} |" for name, real, kept in rows)
    return f"""# A data set enlarged by genaug

{escaped(" ".join(verdicts)) or "Whether the synthetic samples help was not measured."}

| class | real training samples | synthetic samples kept |
|---|---|---|
{table}"""


def escaped(text: str) -> str:
    """Return text that markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split()))
