"""The common parts of data set cards: the verdict, the classes, the columns, the generator, the licence."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from genaug import CompletedRun
from genaug.data import SampleSpec
from genaug.data.encoding import column_name, is_picture
from genaug_plugins.exporters.rows import MEANINGS

LICENCE = "The licence of the real samples may also apply to what was learned from them"
"""Without a full stop, as a card may continue the sentence."""
REAL_ONLY = (
    "The real samples are those of the training view alone; use real samples that are not in this folder for "
    "evaluation."
)


def write_card(folder: Path, *parts: str) -> None:
    """Write ``README.md``: parts in markdown, a blank line between them."""
    text = "\n\n".join(part.strip() for part in parts) + "\n"
    (folder / "README.md").write_text(text, encoding="utf-8", newline="\n")


def verdict(run: CompletedRun) -> str:
    """Return the verdicts of the run as sentences, and what nobody may overlook beside them."""
    verdicts = [findings.verdict.sentence for findings in run.findings if findings.verdict]
    said = " ".join(verdicts) or "Whether the synthetic samples help was not measured."
    return " ".join((said, *(f"But: {one}." for findings in run.findings for one in findings.cautions)))


def summary(run: CompletedRun) -> str:
    """Return title, verdict and a table of the classes, in markdown."""
    evidence = run.evidence
    classes = evidence.spec.classes
    rows = zip(
        evidence.spec.class_names,
        evidence.train.samples.per_class(classes),
        evidence.selected.samples.per_class(classes),
        strict=True,
    )
    table = "\n".join(f"| {escaped(name)} | {real} | {kept} |" for name, real, kept in rows)
    return f"""# A data set augmented by genaug

{escaped(verdict(run))}

| class | real training samples | synthetic samples kept |
|---|---|---|
{table}"""


def column_table(header: str, meanings: Mapping[str, str]) -> str:
    """Return a table of what is written for each sample, in markdown.

    Args:
        header: of the first column.
        meanings: by name, see `MEANINGS`.
    """
    code = str.maketrans({"|": r"\|", "`": "'"})
    rows = [
        f"| `{' '.join(name.split()).translate(code)}` | {meaning} |" for name, meaning in meanings.items()
    ]
    return "\n".join([f"| {header} | meaning |", "|---|---|", *rows])


def columns(spec: SampleSpec, rows: int) -> str:
    """Return a description of the columns of parquet files, in markdown."""
    shape = " × ".join(map(str, spec.shape))
    if spec.modality == "table":
        layout = f": {len(spec.columns)} columns, by name"
    else:
        layout = "" if is_picture(spec) or spec.modality == "text" else f", flat; its shape is {shape}"
    shape = f" and shape {shape}" if spec.shape else ""
    meanings = {column_name(spec): f"the sample{layout}", **MEANINGS, "label": "its class, by name"}
    table = column_table("column", meanings)
    return f"{rows:,} {spec.modality} samples{shape}. {REAL_ONLY}\n\n{table}"


def recipe(run: CompletedRun) -> str:
    """Return the generator with its settings, and a note on the licence, in markdown."""
    settings = json.dumps(run.config.get("generator", {}), indent=2, default=str)
    return f"""The generator, with all its settings:

```json
{settings}
```

{LICENCE}, and so may the licence of the weights that the generator above was started from."""


def escaped(text: str) -> str:
    """Return text with markdown's special characters escaped."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split()))
