"""Two processes that share a fit learn what one learns from the same batches."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

CONFIG = """
seed: 0
threads: 1
device: cpu
source: {use: sklearn-digits}
split: {train_per_class: 3, validation_per_class: 2}
generator:
  use: gan
  architecture: {use: dcgan, width: 4, latent_dim: 8}
  steps: 12
  batch_size: 16
  log_every: 1
  checkpoint_every: 5
  regularizers:
    - {use: scaling}
    - {use: variance, reading: noise}
    - {use: ms3d, scales: 2}
    - {use: r1, every: 4}
    - {use: lecam, warmup: 2}
strategy: {use: class-balance, per_class: 4}
extractor: {use: pixels}
"""


def run(folder: Path, processes: int, *changes: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Run the config; return the history and the generator's weights."""
    folder.mkdir()
    config = folder / "tiny.yaml"
    config.write_text(CONFIG)
    how = (
        []
        if processes == 1
        else ["torch.distributed.run", "--standalone", f"--nproc-per-node={processes}", "-m"]
    )
    sets = [part for change in changes for part in ("--set", change)]
    command = [sys.executable, "-m", *how, "genaug", "run", str(config), "--out", str(folder / "run"), *sets]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("manifest") == 1  # the first process speaks alone
    (fitted,) = (folder / "run" / "store").glob("fit*/gan.json")
    history = json.loads(fitted.read_text())["history"]
    return {name: np.array(column) for name, column in history.items()}, load_file(
        fitted.with_name("generator.safetensors")
    )


def test_two_processes_learn_what_one_does(tmp_path: Path) -> None:
    whole, weights = run(tmp_path / "one", 1)
    shared, shared_weights = run(tmp_path / "two", 2)
    assert whole.keys() == shared.keys()
    for name, column in whole.items():
        assert shared[name] == pytest.approx(column, rel=2e-3, abs=2e-4), name
    for name, tensor in weights.items():
        assert shared_weights[name] == pytest.approx(tensor, abs=2e-3), name


def test_a_batch_taken_in_parts_teaches_the_same(tmp_path: Path) -> None:
    whole, _ = run(tmp_path / "whole", 1)
    parted, _ = run(tmp_path / "parted", 1, "generator.accumulate=2")
    for name, column in whole.items():
        assert parted[name] == pytest.approx(column, rel=2e-3, abs=2e-4), name
