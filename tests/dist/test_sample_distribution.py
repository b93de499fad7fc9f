"""A third party's distribution: built, installed and run for real; broken ones harm only who names them."""

import json
import os
import shutil
import subprocess
import sysconfig
import venv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from genaug import Pipeline
from genaug.config.yaml_writer import block
from genaug.stages import generate
from genaug.stages.confusion import confusion_of
from genaug.stages.split import Views
from genaug.testing.material import Material

SAMPLE = Path(__file__).parent / "genaug-sample-plugins"
COMMAND = "import sys; from genaug.cli import main; sys.exit(main())"
FORKING = """
import importlib, json, os, sys, traceback
import sklearn.datasets, torch, genaug.cli, genaug.pipeline, genaug.stages.fit  # once, for all runs
for case in json.loads(sys.argv[1]):
    child = os.fork()
    if not child:
        for number, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(os.path.join(case["folder"], name), os.O_WRONLY | os.O_CREAT), number)
        sys.path[:0] = case["path"]
        importlib.invalidate_caches()
        code = 1
        try:
            sys.argv = ["genaug", *case["args"]]
            code = genaug.cli.main()
        except SystemExit as end:
            code = end.code
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush(), sys.stderr.flush()
        os._exit(int(code or 0))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Runs commands one after another, each in a process of its own that has nothing left to import."""

CONFIG = {
    "seed": 0,
    "source": {"use": "sklearn-digits"},
    "split": {"train_per_class": 4, "validation_per_class": 2, "test_per_class": 4},
    "extractor": {"use": "pixels"},
    "generator": {"use": "gaussian"},
    "strategy": {"use": "class-balance", "add": 4},
    "selectors": [{"use": "genaug-sample-plugins:typical", "share": 0.5}],
    "task": {"use": "classification", "model": {"use": "small-cnn", "steps": 2, "width": 4}},
    "hooks": [{"use": "diary"}],
}
GAN = {
    "use": "gan",
    "architecture": {"use": "dcgan", "width": 4, "latent_dim": 4},
    "steps": 4,
    "batch_size": 8,
    "log_every": 2,
}

BASE = "from genaug import Selector\n\n\nclass Broken(Selector):\n    name = {name!r}\n"
ACTING = """
from genaug import ActiveRegularizer, Regularizer


class Broken(Regularizer):
    name = {name!r}

    def attach(self, training):
        return Active()


class Active(ActiveRegularizer):
"""
MOODY = ACTING.format(name="moody") + "    def penalty(self, d):\n        raise ArithmeticError('not today')\n"
SPREAD = ACTING.format(name="spread") + "    def penalty(self, d):\n        return d.real_logits.square()\n"
CROPPING = ACTING.format(name="cropping") + (
    "    def augment(self, batch):\n"
    "        from dataclasses import replace\n"
    "        return replace(batch, values=batch.values[..., 1:])\n"
)
RAISING = "\n    def select(self, candidates, train, context):\n        raise KeyError('the moon is full')\n"
VAGUE = "\n    def select(self, candidates, train, context):\n        return None\n"
KEEPING = (
    "\n    def select(self, candidates, train, context):\n"
    "        import numpy as np\n"
    "        from genaug.data import Selection\n"
    "        n = len(candidates)\n"
    "        return Selection(np.ones(n, dtype=bool), np.full(n, ''))\n"
)

BROKEN = {
    # distribution: (name, module, lines of its METADATA)
    "ga-shattered": ("shattered", "raise RuntimeError('no libmoon.so here')\n", ""),
    "ga-thief": ("typical", BASE.format(name="typical") + KEEPING, ""),
    "ga-stranger": ("stranger", "class Broken:\n    name = 'stranger'\n", ""),
    "ga-unlucky": ("unlucky", BASE.format(name="unlucky") + RAISING, ""),
    "ga-needy": ("needy", BASE.format(name="needy") + KEEPING, "Requires-Dist: moon-phase>=3\n"),
    "ga-future": ("future", BASE.format(name="future") + "    contract = 99\n" + KEEPING, ""),
    "ga-moody": ("moody", MOODY, ""),
    "ga-spread": ("spread", SPREAD, ""),
    "ga-cropping": ("cropping", CROPPING, ""),
    "ga-loose": ("loose", BASE.format(name="loose") + VAGUE, ""),
}
"""Distributions with one plugin each, broken in one way each: selectors, and `REGULARIZERS`."""

REGULARIZERS = ("ga-moody", "ga-spread", "ga-cropping")


SAYS = {
    "ga-shattered": ("shattered", ["cannot be imported", "no libmoon.so here", "take it out"]),
    "ga-thief": ("typical", ["is claimed by", "'genaug-sample-plugins:typical'", "'ga-thief:typical'"]),
    "ga-stranger": ("stranger", ["is not a Selector", "derived from genaug.Selector"]),
    "ga-unlucky": ("unlucky", ["the selector 'unlucky' of ga-unlucky 0.7 failed", "the moon is full"]),
    "ga-moody": ("moody", ["the regularizer 'moody' of ga-moody 0.7 failed: ArithmeticError: not today"]),
    "ga-spread": ("spread", ["the regularizer 'spread' of ga-spread 0.7 returned a tensor of shape (8,)"]),
    "ga-cropping": ("cropping", ["the regularizer 'cropping' of ga-cropping 0.7 changed the samples"]),
    "ga-needy": ("needy", ["needs moon-phase", "pip install 'ga-needy'"]),
    "ga-future": ("future", ["version 99 of the selector contract"]),
    "ga-loose": ("loose", ["Selection"]),
}


class Done(NamedTuple):
    """What a run left."""

    returncode: int
    stdout: str
    stderr: str


class Environment:
    """An environment with the sample distribution installed into it, on top of the running one."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder / "venv", with_pip=False)
        self.python = folder / "venv" / "bin" / "python"
        paths = {"base": str(folder / "venv"), "platbase": str(folder / "venv")}
        site = Path(sysconfig.get_path("purelib", vars=paths))
        running = sysconfig.get_path("purelib")
        # addsitedir, not the bare path: the running environment's own .pth files count, too.
        (site / "running.pth").write_text(f"import site; site.addsitedir({running!r})\n", encoding="utf-8")
        self.broken = folder / "broken"
        for distribution, parts in BROKEN.items():
            install_by_hand(self.broken / distribution, distribution, *parts)

    def run(
        self, *args: str, path: Sequence[str] = (), cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the environment's Python, with the named broken distributions installed."""
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GENAUG"))}
        env["PYTHONPATH"] = os.pathsep.join(str(self.broken / name) for name in path)
        return subprocess.run(
            [str(self.python), *args], cwd=cwd, env=env, capture_output=True, text=True, check=False
        )

    def genaug(
        self, *args: str, path: Sequence[str] = (), cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return self.run("-c", COMMAND, *args, path=path, cwd=cwd)


    def runs(self, cases: Mapping[str, tuple[Path, Sequence[str]]]) -> dict[str, Done]:
        """Run `genaug run` on configs, each with its own broken distributions installed.

        Args:
            cases: config and distributions, by name.
        """
        given = [
            {
                "folder": str(config.parent),
                "path": [str(self.broken / name) for name in path],
                "args": ["run", str(config), "--out", str(config.parent / "run")],
            }
            for config, path in cases.values()
        ]
        done = self.run("-c", FORKING, json.dumps(given))
        assert done.returncode == 0, done.stdout + done.stderr
        codes = map(int, done.stdout.split())
        return {
            name: Done(code, *((config.parent / stream).read_text() for stream in ("stdout", "stderr")))
            for (name, (config, _)), code in zip(cases.items(), codes, strict=True)
        }


def install_by_hand(site: Path, distribution: str, name: str, module: str, metadata: str) -> None:
    """Write what an installer leaves: a module and its dist-info."""
    package = distribution.replace("-", "_")
    info = site / f"{package}-0.7.dist-info"
    info.mkdir(parents=True)
    (site / f"{package}.py").write_text(module, encoding="utf-8")
    header = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 0.7\n{metadata}"
    (info / "METADATA").write_text(header, encoding="utf-8")
    group = "genaug.regularizers" if "Regularizer" in module else "genaug.selectors"
    entry = f"[{group}]\n{name} = {package}:Broken\n"
    (info / "entry_points.txt").write_text(entry, encoding="utf-8")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("third-party")
    made = Environment(folder)
    project = shutil.copytree(SAMPLE, folder / "project")
    pip = ("-m", "pip", "--disable-pip-version-check", "install", "--no-index", "--no-deps")
    done = made.run(*pip, "--no-build-isolation", str(project))
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.rmtree(project / "src")  # what runs from here on is what was installed
    return made


def written(folder: Path, **changes: object) -> Path:
    path = folder / "config.yaml"
    path.write_text(block({**CONFIG, **changes}), encoding="utf-8")
    return path


def test_its_plugins_are_listed_with_their_distribution(environment: Environment) -> None:
    done = environment.genaug("plugins", "list", "--json")
    assert done.returncode == 0, done.stderr
    ours = [entry for entry in json.loads(done.stdout) if entry["distribution"] == "genaug-sample-plugins"]
    assert {(entry["kind"], entry["name"], entry["version"]) for entry in ours} == {
        ("selector", "typical", "1.2.0"),
        ("regularizer", "logit-drift", "1.2.0"),
        ("generator", "independent", "1.2.0"),
        ("strategy", "hard-classes", "1.2.0"),
        ("extractor", "letters", "1.2.0"),
        ("model", "linear-regression", "1.2.0"),
        ("task", "regression", "1.2.0"),
        ("hook", "diary", "1.2.0"),
    }


def test_its_settings_are_described(environment: Environment) -> None:
    done = environment.genaug("plugins", "info", "typical")
    assert done.returncode == 0, done.stderr
    assert "selector typical, of genaug-sample-plugins 1.2.0" in done.stdout
    assert "Share of the candidates of each class that is kept" in done.stdout


def test_its_own_tests_pass(environment: Environment) -> None:
    project = environment.broken.parent / "project"
    done = environment.run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "tests", cwd=project
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


@pytest.fixture(scope="module")
def runs(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    """Run every config of this file: by the distribution it names, or what it shows."""
    cases: dict[str, tuple[Path, Sequence[str]]] = {}

    def add(name: str, path: Sequence[str], **changes: object) -> None:
        cases[name] = (written(tmp_path_factory.mktemp(name), **changes), path)

    add(
        "its own",
        (),
        generator={**GAN, "regularizers": [{"use": "logit-drift", "weight": 0.01}]},
        selectors=[{"use": "typical", "share": 0.5}],
    )
    add(
        "hard classes",
        (),
        strategy={"use": "hard-classes", "total": 40},
        selectors=[],
        hooks=[],
    )
    add(
        "no classes",
        (),
        strategy={"use": "hard-classes"},
        task={"use": "regression", "model": {"use": "linear-regression"}},
    )
    add("harmless", tuple(BROKEN))
    add("full name", ["ga-thief"], selectors=[{"use": "ga-thief:typical"}])
    for distribution, (name, _) in SAYS.items():
        if distribution in REGULARIZERS:
            add(distribution, [distribution], generator={**GAN, "regularizers": [{"use": name}]})
        else:
            add(distribution, [distribution], selectors=[{"use": name}])
    done = environment.runs(cases)
    folders.update({name: config.parent / "run" for name, (config, _) in cases.items()})
    return done


folders: dict[str, Path] = {}
"""Where each of the runs wrote."""


def record_of(name: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folders[name] / "run.json").read_text())
    return record


def test_a_config_that_names_its_plugins_runs(runs: dict[str, Done]) -> None:
    assert runs["its own"].returncode == 0, runs["its own"]
    record = record_of("its own")
    assert record["status"] == "finished"
    assert record["versions"]["genaug-sample-plugins"] == "1.2.0"
    assert record["config"]["selectors"] == [{"use": "typical", "share": 0.5, "extractor": None}]
    diary = (folders["its own"] / "diary.txt").read_text().splitlines()
    assert "select.typical: done" in diary
    assert diary[-1] == "finished"


def test_a_strategy_asks_for_what_the_task_confuses(runs: dict[str, Done]) -> None:
    assert runs["hard classes"].returncode == 0, runs["hard classes"]
    store = folders["hard classes"] / "store"
    train = Views(next(store.glob("split*"))).train
    task = Pipeline.model_validate({**CONFIG, "selectors": [], "hooks": []}).task
    rates = confusion_of(task, train, replace(Material().context(), run_seed=0)).error_rates
    assert len(set(rates.tolist())) > 1
    wanted = np.ceil(40 * (rates + 0.05) / (rates + 0.05).sum())
    pool = generate.read(next(store.glob("generate*")))
    assert pool.samples.per_class(train.spec.classes).tolist() == wanted.tolist()


def test_a_strategy_that_reads_the_confusion_needs_classes(runs: dict[str, Done]) -> None:
    done = runs["no classes"]
    assert done.returncode == 2, done
    assert "the task 'regression' predicts targets: choose a task of classes" in done.stderr
    assert not folders["no classes"].exists()


def test_python_code_uses_them(environment: Environment, tmp_path: Path) -> None:
    code = f"""
from genaug import Pipeline, Registry
from genaug_sample_plugins.diary import DiaryHook
from genaug_sample_plugins.typical import TypicalSelector

registry = Registry.installed()
pipeline = Pipeline.model_validate({ {**CONFIG, "selectors": []}!r})
changes = {{"selectors": (TypicalSelector(share=0.25),), "hooks": (DiaryHook(),)}}
pipeline = pipeline.model_copy(update=changes)
assert registry.get("selector", "typical") is TypicalSelector
record = pipeline.run({str(tmp_path / "run")!r})
assert record.status == "finished"
assert [stage.name for stage in record.stages][-1] == "select.typical"
same = Pipeline.model_validate(pipeline.config())
assert same == pipeline
"""
    done = environment.run("-c", code)
    assert done.returncode == 0, done.stdout + done.stderr


def test_broken_distributions_harm_no_run_that_does_not_name_them(runs: dict[str, Done]) -> None:
    assert runs["harmless"].returncode == 0, runs["harmless"]
    assert record_of("harmless")["status"] == "finished"


@pytest.mark.parametrize("distribution", BROKEN)
def test_a_run_that_names_a_broken_plugin_says_what_is_wrong(
    runs: dict[str, Done], distribution: str
) -> None:
    done = runs[distribution]
    assert done.returncode == 2, done
    for part in [distribution, *SAYS[distribution][1]]:
        assert part in done.stderr, done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_the_full_name_settles_a_claim(runs: dict[str, Done]) -> None:
    assert runs["full name"].returncode == 0, runs["full name"]
    assert record_of("full name")["versions"]["ga-thief"] == "0.7"


def test_the_doctor_names_every_broken_plugin(environment: Environment) -> None:
    done = environment.genaug("plugins", "doctor", "--json", path=tuple(BROKEN))
    assert done.returncode == 1, done.stderr
    broken = {line["distribution"] for line in json.loads(done.stdout) if line["status"] == "broken"}
    # An unlucky, moody or loose plugin is found out when it works; a claimed name is no plugin's fault.
    assert broken == {"ga-shattered", "ga-stranger", "ga-needy", "ga-future"}
