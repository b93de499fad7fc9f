"""A run writes into its output folder: nothing stays in the home, temporary or current folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

CONFIG = {
    "source": {"use": "sklearn-digits"},
    "split": {"train_per_class": 4, "validation_per_class": 4, "test_per_class": 4},
    "extractor": {"use": "pixels"},
    "generator": {
        "use": "gan",
        "architecture": {"use": "dcgan", "width": 4},
        "steps": 4,
        "batch_size": 8,
        "regularizers": [{"use": "r1"}],
    },
    "strategy": {"use": "class-balance", "add": 4},
    "selectors": [{"use": "near-copy"}],
    "task": {"use": "classification", "model": {"use": "logistic-regression"}},
    "validators": [{"use": "downstream", "seeds": 3}, {"use": "fidelity"}, {"use": "memorization"}],
    "exporters": [{"use": "image-folder"}, {"use": "html-report"}],
    "hooks": [{"use": "progress"}, {"use": "event-log"}, {"use": "monitor"}, {"use": "sample-grid"}],
}
RUN = """
import json, sys
from genaug import Pipeline
Pipeline(**json.loads(sys.argv[1])).run(sys.argv[2])
"""


def test_nothing_stays_outside_the_output_folder(tmp_path: Path) -> None:
    places = {name: tmp_path / name for name in ("home", "temporary", "current")}
    for place in places.values():
        place.mkdir()
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "HF_", "TORCH", "MPL", "NUMBA"))
    }
    variables = kept | {"HOME": str(places["home"]), "TMPDIR": str(places["temporary"])}
    out = tmp_path / "out"
    command = [sys.executable, "-B", "-c", RUN, json.dumps(CONFIG), str(out)]
    subprocess.run(command, cwd=places["current"], env=variables, check=True, capture_output=True)
    assert (out / "html-report" / "report.html").exists()
    left = [path for place in places.values() for path in place.rglob("*") if path.is_file()]
    assert left == []
