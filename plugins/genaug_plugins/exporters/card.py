"""What data set cards have in common: the verdict, the classes, the generator, the licence."""

import json
import re

from genaug import CompletedRun
from genaug.data import SampleSpec
from genaug.data.encoding import column_name, is_picture

LICENCE = (
    "The licence of the real samples holds for what was learned from them, too, as far as their owner says so"
)
"""Without its full stop, for a card may have more to say."""


def verdict(run: CompletedRun) -> str:
    """Return what the run found, in a sentence."""
    verdicts = [findings.verdict.sentence for findings in run.findings if findings.verdict]
    return " ".join(verdicts) or "Whether the synthetic samples help was not measured."


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
    return f"""# A data set enlarged by genaug

{escaped(verdict(run))}

| class | real training samples | synthetic samples kept |
|---|---|---|
{table}"""


def columns(spec: SampleSpec, rows: int) -> str:
    """Return what the table's files hold, column by column, in markdown."""
    shape = " × ".join(map(str, spec.shape))
    kind = column_name(spec)
    if spec.modality == "table":
        layout = f": {len(spec.columns)} columns, by name"
    else:
        layout = "" if is_picture(spec) or spec.modality == "text" else f", flat; its shape is {shape}"
    shape = f" and shape {shape}" if spec.shape else ""
    return f"""{rows:,} samples of modality {spec.modality}{shape}. The real samples are those of \
the training view alone; measure on real samples that are not in this folder.

| column | meaning |
|---|---|
| `{kind}` | the sample{layout} |
| `label` | its class, by name |
| `synthetic` | whether a generator made it |
| `status` | `real` or `kept` |
| `id` | hash of its content |
| `generator`, `seed`, `position` | which fitted generator made it, with which seed, as which of its request |
| `prompt`, `sources` | the text, and the ids of the training samples, that it was made from, if any |
| `options` | what else the generator was asked with, as JSON, if anything |
| `scores` | what the generator and the selectors computed; absent of real samples |"""


def recipe(run: CompletedRun) -> str:
    """Return the generator with its settings, and what that means for the licence, in markdown."""
    settings = json.dumps(run.config.get("generator", {}), indent=2, default=str)
    return f"""The generator, with all its settings:

```json
{settings}
```

{LICENCE}, and so does that of whatever weights the generator above was started from."""


def escaped(text: str) -> str:
    """Return text that markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split()))
