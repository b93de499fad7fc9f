"""A run: its record, and its results, read from the output folder when they are asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genaug.contracts import Exporter
from genaug.data import Funnel, Pool, Verdict
from genaug.data.funnel_files import load_funnel
from genaug.errors import StoreError
from genaug.execution.folds import read_findings
from genaug.execution.joined import all_real, join_candidates
from genaug.execution.record import RunRecord, finished
from genaug.execution.store import STORE, Store
from genaug.runs import html
from genaug.runs.findings_table import FindingsTable
from genaug.runs.sample_set import SampleSet
from genaug.stages import generate, validate
from genaug.stages.split import Views

if TYPE_CHECKING:
    from genaug.execution.further import Sampled


class Run:
    """A run, as `Pipeline.run` and `genaug.load` return it.

    What `run.json` records is there under the same name: `status`, `warnings`, `manifest`, `stages`,
    `config` …

    Args:
        record: of the run.
        folder: its output folder.
        pipeline: returns the pipeline; called when something is to be made.

    Attributes:
        record: the content of `run.json`.
        folder: the output folder, absolute.
        sampler: makes further samples.
    """

    def __init__(self, record: RunRecord, folder: Path, pipeline: Callable[[], Any]) -> None:
        self.record = record
        self.folder = folder.resolve()
        self.sampler = RunSampler(self)
        self._made = pipeline

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "record":
            raise AttributeError(name)
        return getattr(self.record, name)

    def __repr__(self) -> str:
        said = self.verdict.sentence if self.verdict else "no verdict"
        return f"<run in {self.folder}, {self.record.status}: {said}>"

    @property
    def verdict(self) -> Verdict | None:
        """Return the verdict; None where no validator gave one."""
        return self.record.verdict

    @cached_property
    def findings(self) -> FindingsTable:
        """Return the findings of the validators; of a run over folds, those over all folds."""
        if self.record.folds:
            return FindingsTable(read_findings(self.folder))
        names = [stage.name for stage in self.record.stages if stage.name.startswith("validate.")]
        return FindingsTable([validate.read(self._artifact(name)) for name in names])

    @cached_property
    def real(self) -> SampleSet:
        """Return the real training samples; of a run over folds, all real samples."""
        if self.record.folds:
            views = Views(self._folds[0]._artifact("split"))
            return SampleSet(views.spec, all_real(views.train, views.validation, views.test))
        train = Views(self._artifact("split")).train
        return SampleSet(train.spec, train.samples)

    @cached_property
    def pool(self) -> SampleSet:
        """Return all generated candidates."""
        return SampleSet.of_pool(self._candidates[0])

    @cached_property
    def selected(self) -> SampleSet:
        """Return the candidates that the selectors kept."""
        return SampleSet.of_pool(*self._candidates)

    @cached_property
    def pipeline(self) -> Any:
        """Return the pipeline of the run, a `genaug.Pipeline`."""
        with self.working_directory():
            return self._made()

    @property
    def report_page(self) -> Path | None:
        """Return the path of the report; None where no exporter wrote one."""
        return None if self.record.report is None else self.folder / self.record.report

    def export(self, exporter: Exporter | Mapping[str, Any] | str, to: str | Path | None = None) -> Path:
        """Export the run once more, without learning, generating or measuring anything.

        Args:
            exporter: a component, a mapping like ``{"use": "webdataset", "real": False}``, or a name.
            to: an empty or new folder; None: the exporter's name, in the output folder.

        Returns:
            The exported folder.

        Raises:
            GenaugError: see `Pipeline.export`.
        """
        made = {"use": exporter} if isinstance(exporter, str) else exporter
        target = None if to is None else Path(to).absolute()
        with self.working_directory():
            folder: Path = self.pipeline.export(self.folder, made, target)
        return folder

    @contextlib.contextmanager
    def working_directory(self) -> Any:
        """Work in the directory to which paths in the run's config are relative."""
        with contextlib.chdir(self.record.working_directory(self.folder)):
            yield

    @cached_property
    def _folds(self) -> list[Run]:
        """Return the runs of the folds."""
        homes = [self.folder / name for name in self.record.folds]
        return [Run(finished(home), home, self._made) for home in homes]

    @cached_property
    def _candidates(self) -> tuple[Pool, Funnel]:
        """Return all candidates and the outcome of each, of all folds where there are some."""
        if self.record.folds:
            return join_candidates([one._candidates for one in self._folds])
        pool = generate.read(self._artifact("generate"))
        chain = [stage.name for stage in self.record.stages if stage.name.startswith("select.")]
        return pool, load_funnel(self._artifact(chain[-1])) if chain else Funnel.of(len(pool))

    def _artifact(self, stage: str) -> Path:
        """Return the folder of a finished stage's artifact.

        Raises:
            StoreError: where the run has not reached the stage, or the artifact is missing.
        """
        fingerprints = {one.name: one.fingerprint for one in self.record.stages}
        if stage not in fingerprints:
            raise StoreError(f"the run in {self.folder} is {self.record.status}: it has no stage {stage!r}")
        artifact = Store(self.folder / STORE).find(stage, fingerprints[stage])
        if artifact is None:
            raise StoreError(f"{self.folder} lacks the artifact of the stage {stage!r}: run the config again")
        return artifact.folder

    def _repr_html_(self) -> str:
        said = self.verdict._repr_html_() if self.verdict else "<p>no verdict</p>"
        page = self.report_page
        facts = {
            "status": self.record.status,
            "folder": self.folder,
            "manifest": self.record.manifest,
            "stages": len(self.record.stages),
            "report": page,
        }
        warned = "".join(
            f"<li>{escape(line)}</li>" for line in (*self.record.cautions, *self.record.warnings)
        )
        return f"{said}{html.table(('run', ''), facts.items())}{f'<ul>{warned}</ul>' if warned else ''}"


class RunSampler:
    """The fitted generator of a run, as a sampler of further samples."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def sample(
        self,
        class_name: str,
        count: int,
        select: bool = False,
        exporter: Exporter | Mapping[str, Any] | str | None = None,
        to: str | Path | None = None,
    ) -> SampleSet:
        """Make further samples of a class; no call makes a sample that an earlier one has made.

        They are kept in the output folder with their lineage.

        Args:
            class_name: one of the classes.
            count: how many, 1 or more.
            select: whether the run's selectors choose among them; the result then has those that are kept.
            exporter: writes them, too: a component, a mapping, or a name; None: they are not exported.
            to: an empty or new folder for the export; None: ``samples-N`` in the output folder.

        Raises:
            GenaugError: see `Pipeline.sample`.
        """
        sampled = self.sample_classes({class_name: count}, select, exporter, to)
        return SampleSet.of_pool(sampled.pool, sampled.funnel)

    def sample_classes(
        self,
        counts: Mapping[str, int],
        select: bool = False,
        exporter: Exporter | Mapping[str, Any] | str | None = None,
        to: str | Path | None = None,
    ) -> Sampled:
        """Make further samples of several classes; see `sample`."""
        exporters = (
            () if exporter is None else ({"use": exporter} if isinstance(exporter, str) else exporter,)
        )
        target = None if to is None else Path(to).absolute()
        with self._run.working_directory():
            made: Sampled = self._run.pipeline.sample(self._run.folder, counts, select, exporters, target)
        return made
