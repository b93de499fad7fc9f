"""A study file: what it may say, and what is said of one that is wrong."""

from pathlib import Path

import pytest

from genaug.errors import ConfigError
from genaug.experiments.runs import Run
from genaug.experiments.study.plan import planned, stage_names
from genaug.experiments.study.study import Study, read

TEXT = """\
title: Try
seeds: [3, 4]
base:
  source: {use: sklearn-digits}
  split: {train_per_class: 5, validation_per_class: 0, test_per_class: 6}
  generator: {use: gan, architecture: {use: dcgan, width: 4}, steps: 3}
  strategy: {use: class-balance, add: 2}
  extractor: {use: pixels}
  validators: [{use: fidelity}]
compare_with: plain
arms:
  plain: {}
  r1:
    generator.regularizers:
      - {use: r1, gamma: 0.1}
  gaussian: {generator: {use: gaussian}}
vary: {split.train_per_class: [4, 5]}
figures: ['fidelity.precision[pool]', seconds.fit, history.loss_d@50%]
"""


def plan(folder: Path, text: str, *overrides: str) -> tuple[Study, list[Run]]:
    path = folder / "study.yaml"
    path.write_text(text)
    study, file = read(path, overrides)
    return study, planned(study, file, folder / "work")


def refusal(folder: Path, text: str, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        plan(folder, text, *overrides)
    notes = getattr(caught.value, "__notes__", [])
    return "\n".join([str(caught.value), *notes]).replace(f"{folder}/", "")


def test_every_arm_is_run_at_a_seed_before_the_next_seed(tmp_path: Path) -> None:
    _, runs = plan(tmp_path, TEXT)
    assert [(run.seed, run.value.value, run.arm) for run in runs] == [
        (seed, value, arm) for seed in (3, 4) for value in (4, 5) for arm in ("plain", "r1", "gaussian")
    ]


def test_an_arm_changes_the_base_and_nothing_else(tmp_path: Path) -> None:
    _, runs = plan(tmp_path, TEXT)
    plain, r1, gaussian = (run.pipeline for run in runs[:3])
    assert (plain.seed, plain.threads, plain.split.train_per_class) == (3, 1, 4)
    added = {"use": "r1", "gamma": 0.1, "every": 1}
    assert r1.config()["generator"] == {**plain.config()["generator"], "regularizers": [added]}
    assert gaussian.generator.name == "gaussian"
    assert gaussian.model_copy(update={"generator": plain.generator}) == plain


def test_folders_are_named_by_what_is_run(tmp_path: Path) -> None:
    _, runs = plan(tmp_path, TEXT)
    assert len({run.folder for run in runs}) == len(runs) == 12
    renamed = TEXT.replace("  r1:\n", "  another name:\n").replace("title: Try", "title: Other")
    assert [run.folder for run in plan(tmp_path, renamed)[1]] == [run.folder for run in runs]
    longer = plan(tmp_path, TEXT, "base.generator.steps=4")[1]
    same = [a.folder == b.folder for a, b in zip(runs, longer, strict=True)]
    assert same == [run.arm == "gaussian" for run in runs]


def test_runs_of_a_seed_share_their_split_alone(tmp_path: Path) -> None:
    _, runs = plan(tmp_path, TEXT)
    shared = [run for run in runs if run.fingerprints["split"] == runs[0].fingerprints["split"]]
    assert [(run.seed, run.value.value) for run in shared] == [(3, 4)] * 3
    assert len({run.fingerprints["fit"] for run in shared}) == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("gamma: 0.1", "gamma: -1", "study.yaml:15: generator.regularizers[0].gamma: "),
        ("gamma: 0.1", "gama: 1", "study.yaml:15: generator.regularizers[0].gama: unknown setting; did you"),
        ("steps: 3}", "steps: 0}", "study.yaml:6: generator.steps: "),
        ("use: r1,", "use: r9,", "study.yaml:15: generator.regularizers[0].use: "),
        ("generator.regularizers:", "generator regularizers:", "study.yaml:14: expected a path like"),
        ("[4, 5]", "[4, -5]", "study.yaml:17: split.train_per_class: "),
        ("{generator: {use: gaussian}}", "{seed: 4}", "study.yaml:16: the study's `seeds` set the seed"),
        ("compare_with: plain", "compare_with: plan", "is not an arm; the arms are plain, r1, gaussian"),
        ("  source:", "  seed: 1\n  source:", "study.yaml:3: base: leave `seed` out"),
        ("seeds: [3, 4]", "seeds: [3, 3]", "study.yaml:2: seeds: each only once"),
        ("seeds: [3, 4]", "seed: [3, 4]", "study.yaml:2: seed: unknown setting; did you mean 'seeds'"),
        (
            "seconds.fit",
            "seconds.fitt",
            "study.yaml:18: figures[1]: there is no stage 'fitt'; the stages are audit",
        ),
        (
            "seconds.fit",
            "fidelty.x",
            "figures[1]: 'fidelty.x' begins with none of fidelity, seconds, history",
        ),
        ("history.loss_d@50%", "history.loss_d@half", "is not VALIDATOR.FINDING"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TEXT
    assert said in refusal(tmp_path, TEXT.replace(old, new))


def test_the_arm_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path, TEXT.replace("gamma: 0.1", "gamma: -1")).endswith(
        "in the arm 'r1' of the study, at split.train_per_class = 4"
    )


def test_an_override_is_named_where_it_is_wrong(tmp_path: Path) -> None:
    assert refusal(tmp_path, TEXT, "base.generator.steps=0").startswith("--set base.generator.steps=0: ")


def test_an_arm_is_checked_without_its_data(tmp_path: Path) -> None:
    absent = tmp_path / "absent.npz"
    _, runs = plan(tmp_path, TEXT, f"base.source={{use: arrays, path: {absent}}}")
    assert len(runs) == 12


def test_the_stages_named_are_those_of_the_job(tmp_path: Path) -> None:
    more = "[{use: random, share: 0.5}, {use: random, share: 0.5}]"
    _, runs = plan(tmp_path, TEXT, f"base.selectors={more}", "base.exporters=[{use: image-folder}]")
    job = runs[0].pipeline.job()
    assert stage_names(runs[0].pipeline) == [stage.name for stage in job.stages]
