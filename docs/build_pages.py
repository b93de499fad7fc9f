"""Write every page of the documents that rests on records or on the components themselves: `make docs`.

Pages of measurements are filled anew from their records, which nothing here changes. A page whose record has
no digest of its code, or was written without a record, keeps its text. Every page of a stale record says so.
"""

import functools
import json
import re
import runpy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from genaug.experiments import pages
from genaug.experiments.experiment import Experiment
from genaug.experiments.measuring import Measurements
from genaug.experiments.record import NO_DIGEST, stale
from genaug.experiments.selector_comparison.config import SelectorComparison
from genaug.experiments.selector_comparison.page import SELECTOR_COMPARISON
from genaug.experiments.study.page import STUDY
from genaug.experiments.study.study import read as read_study

DOCS = Path(__file__).parent
ROOT = DOCS.parent
TEMPLATES = DOCS / "templates"
BENCHMARKS, COMPARISONS = DOCS / "benchmarks", DOCS / "selector-comparisons"
RECIPES = DOCS / "recipes"
DEMO = RECIPES / "digits.json"
EXPERIMENTS: Mapping[str, Experiment[Any]] = {"study": STUDY, "selector comparison": SELECTOR_COMPARISON}
"""The experiments whose pages are drawn by genaug; the others have a template beside this file."""

QUESTIONS: Mapping[str, tuple[str, str]] = {
    "scarce-fashion-mnist": (
        "What does each regularizer buy a small GAN with 1,000 images?",
        "bench-scarce-fashion-mnist",
    ),
    "on-top-of-r1": ("What do the others add to a gradient penalty?", "bench-on-top-of-r1"),
    "scarce-fashion-mnist-250": ("The same with 250 images, fewer arms", "bench-scarce-fashion-mnist-250"),
    "ablations": (
        "Scaling without variance and the reverse, scale factors, gradient penalties in quality and cost, "
        "Fisher information and narrowing",
        "bench-ablations",
    ),
    "ablations-resnet": ("The main arms at a second architecture", "bench-ablations-resnet"),
    "language-model": ("What does the language model write?", "bench-language-model"),
    "poor-classes": ("What do cheap generators do for poor classes beside rich ones?", "bench-poor-classes"),
    "ipm-gap": ("Bias against variance as data are scaled down", "bench-theory"),
    "training-speed": ("What does each regularizer cost?", "bench-speed"),
    "start-time": ("What do commands cost before any work begins?", "bench-start"),
    "resnet-speed": ("The resnet GAN's step against mimicry's", "bench-resnet"),
    "neighbours-speed": (
        "Precision, recall, density and coverage against prdc, in time and memory",
        "bench-metrics",
    ),
    "metrics-speed": ("Fréchet and kernel distance against torch-fidelity", "bench-metrics"),
    "feature-speed": (
        "Extraction against the bare network; what bfloat16 and channels-last do to figures",
        "bench-features",
    ),
    "calibration": ("How often is the verdict right where the truth is known?", "bench-calibration"),
    "gaussian-mixture": (
        "Does the stability bound move as the truth does, where everything is known?",
        "bench-theory",
    ),
    "selection-scale": ("A chain of selectors on a million candidates", "bench-scale"),
}
"""What each page of docs/benchmarks asks, and the target of make that measures anew."""
EDITED = (
    "This record was changed by hand after it was made: in its settings, `learning_rate: 0.003` of the "
    "networks became `null` to match newer defaults. Its figures were measured with 0.003 and are unchanged."
)
"""What happened to the selector comparisons that have no digest."""
NOTE = re.compile(r"<!-- state -->.*?<!-- end of state -->\n*", re.DOTALL)


def written() -> dict[Path, str]:
    """Return all pages, by their path."""
    found = {DOCS / "reference.md": runpy.run_path(str(DOCS / "build_reference.py"))["rendered"]()}
    tables = runpy.run_path(str(DOCS / "build_plugin_tables.py"))["filled"]
    for path in sorted(DOCS.glob("plugin-*.md")):
        found[path] = tables(path.read_text(encoding="utf-8"))
    for path in measured_pages():
        found[path] = page(path)
    for folder in (BENCHMARKS, COMPARISONS):
        found[folder / "README.md"] = index(folder)
    found[RECIPES / "README.md"] = recipes()
    if DEMO.exists():
        found[ROOT / "README.md"] = readme()
    return found


def measured_pages() -> Iterator[Path]:
    """Yield the paths of pages that show measurements; what was never measured has none."""
    for stem in QUESTIONS:
        path = BENCHMARKS / f"{stem}.md"
        if path.exists() or path.with_suffix(".json").exists():
            yield path
    for file in sorted(COMPARISONS.glob("*.yaml")):
        if file.with_suffix(".md").exists():
            yield file.with_suffix(".md")


def page(path: Path) -> str:
    """Return a page of measurements, with a note where it is stale."""
    record = record_of(path)
    text = (
        path.read_text(encoding="utf-8") if record is None or "made" not in record else filled(path, record)
    )
    return noted(text, path)


def filled(path: Path, record: Mapping[str, Any]) -> str:
    """Return a page as its template and its record give it, without any note."""
    beside = {suffix: path.with_suffix(suffix) for suffix in (".svg", ".png")}
    drawn = [file.name if file.exists() else None for file in beside.values()]
    text = json.dumps(record)
    if experiment := EXPERIMENTS.get(record["experiment"]):
        return experiment.page_of(text, *drawn)
    return Measurements.model_validate_json(text).page(TEMPLATES)


def noted(text: str, path: Path) -> str:
    """Return a page's text with the note that belongs to it now, below its heading."""
    heading, _, rest = NOTE.sub("", text).partition("\n")
    reason = state(path)
    if not reason:
        return f"{heading}\n{rest}"
    lines = [f"> **Stale**: {reason}; `make {target(path)}` measures anew."]
    if path.parent == COMPARISONS and reason == NO_DIGEST:
        lines.append(f"> {EDITED}")
    block = "\n>\n".join(lines)
    return f"{heading}\n\n<!-- state -->\n{block}\n<!-- end of state -->\n\n{rest.lstrip()}"


@functools.cache
def state(path: Path) -> str:
    """Say why the measurements of a page are stale; nothing where they are current."""
    record = record_of(path)
    return NO_DIGEST if record is None else stale(record, settings_of(path), ROOT)


def settings_of(path: Path) -> Any:
    """Return the settings that the file of a study or comparison has now; None for a script."""
    file = path.with_suffix(".yaml")
    if not file.exists():
        return None
    asked = read_study(file)[0] if path.parent == BENCHMARKS else SelectorComparison.from_file(file)
    return json.loads(asked.model_dump_json())


def record_of(path: Path) -> Any:
    """Return the record behind a page; None where there is none."""
    file = path.with_suffix(".json")
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def target(path: Path) -> str:
    """Return the target of make that measures anew."""
    return QUESTIONS[path.stem][1] if path.parent == BENCHMARKS else f"compare-selectors-{path.stem}"


def index(folder: Path) -> str:
    """Return the page that lists a folder's measurements and says what came out."""
    listed = [path for path in measured_pages() if path.parent == folder]
    rows = [
        {
            "name": path.stem,
            "question": QUESTIONS[path.stem][0] if folder == BENCHMARKS else "",
            "target": target(path),
            "state": state(path),
        }
        for path in listed
    ]
    records = {path.stem: record_of(path) for path in listed}
    template = "benchmarks.md.j2" if folder == BENCHMARKS else "selector_comparisons.md.j2"
    return pages.rendered(
        template,
        [TEMPLATES],
        pages=rows,
        records=records,
        calibration=calibration(),
        figure=functools.partial(figure, records),
    )


def figure(records: Mapping[str, Any], study: str, arm: str, name: str) -> float:
    """Return the mean of a figure of an arm in the first table of a study."""
    return float(records[study]["tables"][0]["arms"][arm][name]["mean"]["mean"])


def calibration() -> list[dict[str, Any]]:
    """Return the rows of the calibration, from its record or, where there is none, from its page."""
    path = BENCHMARKS / "calibration.md"
    if record := record_of(path):
        return list(record["results"]["rows"])
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    head, _, *body = ([cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines)
    found = []
    for cells in body:
        row = dict(zip(head, cells, strict=True))
        shares = {name: float(row[shown].rstrip(" %")) / 100 for name, shown in _SHARES.items()}
        found.append(
            {"truth": row["truth"], "pool": row["pool"], "test_samples": int(row["test samples"]), **shares}
            | {"mean_effect": float(row["mean effect"])}
        )
    return found


_SHARES = {"helps": "helps", "no_effect": "no measurable effect", "hurts": "hurts"}


def readme() -> str:
    """Return the README with the verdict of the demo's record."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    said = json.loads(DEMO.read_text(encoding="utf-8"))["results"]
    block = f"<!-- demo -->\n```\n{said['sentence']}\nreport: {said['report']}\n```\n<!-- end of demo -->"
    return re.sub(r"<!-- demo -->.*?<!-- end of demo -->", lambda _: block, text, flags=re.DOTALL)


def recipes() -> str:
    """Return the page that lists the recipes, with the verdict of each that has a record."""
    rows = []
    for file in sorted(RECIPES.glob("*.yaml")):
        record = record_of(file)
        lines = file.read_text(encoding="utf-8").partition("seed:")[0].splitlines()
        comment = " ".join(line.removeprefix("#").strip() for line in lines)
        about = re.split(r"(?<=[.?!]) ", comment)[0]
        rows.append(
            {
                "name": file.name,
                "about": about,
                "sentence": record and record["results"]["sentence"],
                "minutes": record and record.get("minutes"),
            }
        )
    return pages.rendered("recipes.md.j2", [TEMPLATES], recipes=rows)


if __name__ == "__main__":
    for place, content in written().items():
        if not place.exists() or place.read_text(encoding="utf-8") != content:
            place.write_text(content, encoding="utf-8")
            print(f"wrote {place.relative_to(ROOT)}")
