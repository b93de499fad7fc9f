"""The common parts of data set cards: the verdict, the classes, the generator, the licence."""

import json
import re

from genaug import CompletedRun
from genaug.data import SampleSpec
from genaug.data.encoding import column_name, is_picture

LICENCE = "The licence of the real samples may also apply to what was learned from them"
"""Without a full stop, as a card may continue the sentence."""


def verdict(run: CompletedRun) -> str:
    """Return the verdicts of the run as sentences."""
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
    return f"""# A data set augmented by genaug

{escaped(verdict(run))}

| class | real training samples | synthetic samples kept |
|---|---|---|
{table}"""


def columns(spec: SampleSpec, rows: int) -> str:
    """Return a description of the files' columns, in markdown."""
    shape = " × ".join(map(str, spec.shape))
    kind = column_name(spec)
    if spec.modality == "table":
        layout = f": {len(spec.columns)} columns, by name"
    else:
        layout = "" if is_picture(spec) or spec.modality == "text" else f", flat; its shape is {shape}"
    shape = f" and shape {shape}" if spec.shape else ""
    return f"""{rows:,} samples of modality {spec.modality}{shape}. The real samples are those of \
the training view alone; use real samples that are not in this folder for evaluation.

| column | meaning |
|---|---|
| `{kind}` | the sample{layout} |
| `label` | its class, by name |
| `synthetic` | whether a generator made it |
| `status` | `real` or `kept` |
| `id` | hash of its content |
| `generator`, `seed`, `position` | the fitted generator that made it, the seed, and the position within the
request | | `prompt`, `sources` | the text and the ids of the training samples that it was made from, if any
| | `options` | other options of the request, as JSON, if any |
| `scores` | what the generator and the selectors computed; absent for real samples |"""


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
