"""Two processes that share a fit learn what one learns from the same batches, killed or not."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from genaug import Pipeline

CONFIG: dict[str, Any] = {
    "threads": 1,
    "device": "cpu",
    "source": {"use": "sklearn-digits"},
    "split": {"train_per_class": 3, "validation_per_class": 2},
    "generator": {
        "use": "gan",
        "architecture": {"use": "dcgan", "width": 4, "latent_dim": 8},
        "steps": 8,
        "batch_size": 16,
        "log_every": 1,
        "checkpoint_every": 3,
        "hold_out": 0.4,
        "evaluate_every": 3,
        "regularizers": [
            {"use": "scaling", "target": -1, "adapt_every": 2, "adapt_kimg": 0.5},
            {"use": "ada", "target": -1, "adapt_every": 2, "adapt_kimg": 0.5},
            {"use": "variance", "reading": "noise"},
            {"use": "ms3d", "scales": 2},
            {"use": "r1", "every": 4},
            {"use": "lecam", "warmup": 2},
        ],
    },
    "strategy": {"use": "class-balance", "per_class": 4},
    "extractor": {"use": "pixels"},
    "hooks": [],
}

WORK = """
import json, os, signal, sys
from genaug import Hook, Pipeline, hookimpl

class Fatal(Hook):
    name = "fatal"

    def subscribe(self):
        return Killing()

class Killing:
    @hookimpl
    def progressed(self, task, done):
        if task != "train the generator":
            return
        print("at", done)
        if done == 5 and sys.argv[3] == "to be killed":
            os.kill(os.getpid(), signal.SIGKILL)

config = json.loads(sys.argv[1])
for name, hooks in (("killed", [Fatal()]), ("whole", [])):
    record = Pipeline(**{**config, "hooks": hooks}).run(f"{sys.argv[2]}/{name}")
    print(record.status, record.manifest)
"""


def fitted(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the history and the generator's weights."""
    (record,) = (folder / "store").glob("fit-*/gan.json")
    history = json.loads(record.read_text())["history"]
    return {name: np.array(column) for name, column in history.items()}, load_file(
        record.with_name("generator.safetensors")
    )


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alone")
    Pipeline(**CONFIG).run(folder)
    return folder


def test_two_processes_learn_what_one_does_also_when_they_are_killed(alone: Path, tmp_path: Path) -> None:
    script = tmp_path / "work.py"
    script.write_text(WORK)
    torchrun = ["torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    for fate in ("to be killed", "to live"):
        done = subprocess.run(
            [sys.executable, "-m", *torchrun, str(script), json.dumps(CONFIG), str(tmp_path), fate],
            capture_output=True,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            timeout=300,
        )
        assert (done.returncode == 0) == (fate == "to live"), done.stderr
    told = done.stdout.splitlines()
    assert told.count("at 4") == 1
    assert told.count("at 2") == 0  # it went on from the checkpoint at 3
    assert sum(line.startswith("participated") for line in told) == 2  # the second one, in either run
    assert sum(line.startswith("finished") for line in told) == 2
    history, weights = fitted(alone)
    shared, shared_weights = fitted(tmp_path / "whole")
    assert history.keys() == shared.keys()
    for controller in ("scaling.T", "ada.p"):
        assert len(set(history[controller])) > 2, controller  # it moved
    for name, column in history.items():
        assert shared[name] == pytest.approx(column, rel=2e-3, abs=2e-4), name
    for name, tensor in weights.items():
        assert shared_weights[name] == pytest.approx(tensor, abs=2e-3), name
    resumed, resumed_weights = fitted(tmp_path / "killed")
    assert all(np.array_equal(resumed[name], column) for name, column in shared.items())
    assert all(np.array_equal(resumed_weights[name], tensor) for name, tensor in shared_weights.items())


def test_a_batch_taken_in_parts_teaches_the_same(alone: Path, tmp_path: Path) -> None:
    Pipeline(**{**CONFIG, "generator": {**CONFIG["generator"], "accumulate": 2}}).run(tmp_path)
    whole, _ = fitted(alone)
    parted, _ = fitted(tmp_path)
    for name, column in whole.items():
        assert parted[name] == pytest.approx(column, rel=2e-3, abs=2e-4), name
