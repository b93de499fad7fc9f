"""Pipelines: the config of a run, written in Python or read from a file.

What executes a run is imported by the methods that need it, so that reading a config imports little.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, GetJsonSchemaHandler, ValidationInfo, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, to_jsonable_python

from genaug.components import file_memory
from genaug.components.component import Component
from genaug.components.identity import versions
from genaug.components.preset import DEFAULT
from genaug.components.references import Use, registry_of
from genaug.components.registry import Registry
from genaug.contracts import (
    Exporter,
    Extractor,
    Generator,
    Hook,
    Selector,
    Source,
    Strategy,
    Task,
    Validator,
)
from genaug.data.split import Split
from genaug.errors import ConfigError, DataError, PluginError
from genaug.settings import Settings

if TYPE_CHECKING:
    from genaug.data import Pool
    from genaug.execution.executor import Executor
    from genaug.execution.further import Sampled
    from genaug.execution.job import Job
    from genaug.execution.record import Check, RunRecord
    from genaug.runs.run import Run
    from genaug.stages.sample import Order
    from genaug.stages.stage import Stage

_LEFT_OUT: Any = object()
_PRESET_SETTINGS = ("extractor", "task", "hooks")


def _from_preset() -> Any:
    """Return a field whose default a preset gives, when it is needed."""
    return Field(default_factory=lambda: _LEFT_OUT, validate_default=True)


class Pipeline(Settings):
    """The config of a whole run, from the source of the data to the exports.

    `Pipeline(...)` with components, `Pipeline(...)` with mappings like ``{"use": "top-k"}``, and
    `Pipeline.from_file` give the same object; `model_dump` gives the complete config.
    """

    renamed_values: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "if_class_empty": {"say": "warn", "stop": "error"}
    }

    seed: int = 0
    """Seed of the run; every stage derives its own seed from it."""
    device: str = "auto"
    """Torch device, e.g. `cpu` or `cuda:0`; `auto`: the first GPU if there is one, else the CPU."""
    threads: int | None = Field(default=None, ge=1)
    """CPU threads of the numeric libraries; not given: their default, one for each core. On a busy machine,
    small networks train many times faster with one. Results are repeatable for a fixed number of threads."""
    preset: str = DEFAULT
    """Whose defaults apply to `extractor`, `task` and `hooks` where they are left out: the name of an
    installed preset, or `distribution:name`."""
    source: Use[Source]
    """Where the data comes from."""
    split: Split = Split()
    """Sizes of the training, validation and test views."""
    generator: Use[Generator]
    """The generator, which learns the training view."""
    strategy: Use[Strategy]
    """Which samples are generated, and how many."""
    selectors: tuple[Use[Selector], ...] = ()
    """Chain of selectors: each decides on the candidates that the previous ones kept."""
    if_class_empty: Literal["warn", "error"] = "warn"
    """What happens when a selector drops the last candidate of a class: a warning, or an error that ends the
    run. A selector's `min_per_class` keeps the best of a class where too few pass."""
    extractor: Use[Extractor] = _from_preset()
    """The feature space of selectors and validators that name none; where it is left out, that of the preset
    for the modality of the data."""
    task: Use[Task] = _from_preset()
    """The downstream task."""
    validators: tuple[Use[Validator], ...] = ()
    """Measurements on the kept candidates."""
    exporters: tuple[Use[Exporter], ...] = ()
    """Exports of the results."""
    hooks: tuple[Use[Hook], ...] = _from_preset()
    """Observers of the run."""

    @field_validator("preset")
    @classmethod
    def _preset_exists(cls, preset: str, info: ValidationInfo) -> str:
        if preset != DEFAULT:  # a config that leaves nothing out needs no default preset
            try:
                registry_of(info).preset(preset)
            except PluginError as error:
                raise PydanticCustomError("preset", "{error}", {"error": str(error)}) from error
        return preset

    @field_validator(*_PRESET_SETTINGS, mode="before")
    @classmethod
    def _given_by_preset(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not _LEFT_OUT:
            return value
        name = info.data.get("preset", DEFAULT)
        try:
            preset = registry_of(info).preset(name)
            value = getattr(preset, str(info.field_name))
            source = info.data.get("source")
            if info.field_name == "extractor" and source is not None:
                value = preset.extractors.get(source.known_modality() or "", value)
        except PluginError as error:
            raise PydanticCustomError("no_default", "{error}", {"error": str(error)}) from error
        if value is None:
            raise PydanticCustomError("no_default", "the preset {name} gives none", {"name": repr(name)})
        return value

    @model_validator(mode="after")
    def _device_exists(self) -> Self:
        if self.device not in ("auto", "cpu"):
            import torch

            try:
                torch.empty(0, device=self.device)
            except (RuntimeError, AssertionError) as error:
                raise ValueError(
                    f"there is no device {self.device!r} here: {str(error).splitlines()[0]}"
                ) from error
        return self

    @model_validator(mode="after")
    def _generator_serves_strategy(self) -> Self:
        from genaug.stages import generate

        generate.check_place(self.strategy, self.generator, self.task)
        return self

    @model_validator(mode="after")
    def _selectors_in_place(self) -> Self:
        from genaug.stages import select

        select.check_places(self.selectors, self.generator)
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(super().__get_pydantic_json_schema__(core_schema, handler))
        for name in _PRESET_SETTINGS:
            try:
                default = getattr(Registry.installed().preset(), name)
            except PluginError:
                default = None
            if default is None:
                schema["required"].append(name)
            else:
                schema["properties"][name]["default"] = to_jsonable_python(default)
        return schema

    @classmethod
    def from_file(
        cls, path: str | Path, overrides: Sequence[str] = (), registry: Registry | None = None
    ) -> Self:
        """Read a pipeline from a YAML or TOML file.

        Args:
            path: a file ending in .yaml, .yml or .toml.
            overrides: settings that replace those of the file, like ``generator.steps=200``.
            registry: in which references are looked up; None: everything installed.

        Raises:
            ConfigError: with file, line, path, the fault and the allowed values.
        """
        from genaug import config

        file = config.read(Path(path))
        for override in overrides:
            file.override(override)
        config.check_kind(file, config.RUN)
        return config.validated(cls, file, registry or Registry.installed())

    def check(self, folder: str | Path | None = None, forecast: bool = False) -> "Check":
        """Audit the data and plan the run, without training anything or writing anywhere.

        Args:
            folder: an output folder; the plan marks its finished stages.
            forecast: also measure what the run will cost: each stage is started, in a temporary folder, and
                stopped after some seconds (`genaug.execution.cost.trial`).

        Raises:
            GenaugError: for anything that would stop the run before training.
        """
        from genaug.execution.check import check
        from genaug.execution.separate_folders import check_separate
        from genaug.execution.store import STORE

        if folder is not None:
            check_separate(self.source, Path(folder))
            file_memory.load(Path(folder) / STORE)
        if self._over_folds:
            one = self.of_fold(1).check(None if folder is None else Path(folder) / "folds" / "1", forecast)
            cost = None if one.cost is None else replace(one.cost, runs=self.split.folds or 1)
            return one.model_copy(update={"cost": cost})
        job, home = self.job(), None if folder is None else Path(folder)
        found = check(job, self.source, self.split, home)
        if not forecast:
            return found
        from genaug.execution.cost.trial import trial

        return found.model_copy(update={"cost": trial(job, home)})

    def run(self, folder: str | Path, executor: "Executor | None" = None) -> "Run":
        """Execute the pipeline; finished stages in the output folder are reused.

        Args:
            folder: the output folder; nothing is written elsewhere.
            executor: executes the stages; None: the local executor.

        Returns:
            The run: its record, which is also written to `run.json` in the output folder, and its results.

        Raises:
            GenaugError: for errors that the user can fix; a stopped run resumes when it is started
                again.
        """
        from genaug.execution.local import LocalExecutor
        from genaug.execution.separate_folders import check_separate
        from genaug.runs.run import Run

        home, executor = Path(folder), executor or LocalExecutor()
        check_separate(self.source, home)
        if self._over_folds:
            from genaug.execution.folds import run_folds

            jobs = [self.of_fold(fold).job() for fold in range(1, (self.split.folds or 0) + 1)]
            record = run_folds(jobs, self.config(), self.validators, self.task, home, executor)
        else:
            record = executor.run(self.job(), home)
        return Run(record, home, lambda: self)

    def of_fold(self, fold: int) -> "Pipeline":
        """Return the pipeline of one fold; this one where there are no folds, or one is named already."""
        return self.model_copy(update={"split": self.split.of_fold(fold)})

    def report(self, folder: str | Path) -> "RunRecord":
        """Build the pages of a finished run again, without learning, generating or measuring anything.

        The artifacts of the run are used even where the code has changed since; the record says with which
        versions each was made.

        Args:
            folder: the output folder of a run of this pipeline.

        Raises:
            StoreError: where an artifact that the pages need is missing.
        """
        from genaug.execution.further import require_stages
        from genaug.execution.local import LocalExecutor
        from genaug.execution.record import stored_stages
        from genaug.execution.store import STORE, Store

        if self._over_folds:
            return self._report_of_folds(Path(folder))
        job, store = self.job(Path(folder)), Store(Path(folder) / STORE)
        job = replace(job, stored=stored_stages(Path(folder), job.config))
        file_memory.load(store.folder)
        needed = [stage.name for stage in job.stages if not stage.name.startswith("export.")]
        require_stages(store, job, needed, "a report")
        return LocalExecutor().run(job, Path(folder))

    def export(
        self, folder: str | Path, exporter: Exporter | Mapping[str, Any], to: str | Path | None = None
    ) -> Path:
        """Export a finished run once more, without learning, generating or measuring anything.

        Args:
            folder: the output folder of a run of this pipeline.
            exporter: a component, or a mapping like ``{"use": "webdataset"}``.
            to: an empty or new folder; None: the exporter's name, in the output folder, where it replaces
                an earlier export.

        Returns:
            The exported folder.

        Raises:
            StoreError: where an artifact of the run is missing.
            DataError: where the exporter cannot write such samples, or `to` is not empty.
        """
        from genaug.execution.further import export, free_folder
        from genaug.execution.local import LocalExecutor
        from genaug.execution.record import is_finished, stored_stages

        home = Path(folder)
        chain = self.with_changes(exporters=(exporter,))
        if self._over_folds:
            target = home / chain.exporters[0].name if to is None else free_folder(Path(to))
            chain._export_folds(home, [target], chain.config())
            return target
        job = chain.job(home)
        if is_finished(home):  # its artifacts are used whatever the code is now, as by `report`
            job = replace(job, stored={**job.stored, **stored_stages(home, job.config)})
        return export(job, home, LocalExecutor().map(job, home), None if to is None else Path(to))

    def sample(
        self,
        folder: str | Path,
        counts: Mapping[str, int],
        select: bool = False,
        exporters: Sequence[Exporter | Mapping[str, Any]] = (),
        to: str | Path | None = None,
    ) -> "Sampled":
        """Make further samples with the fitted generator of a finished run.

        The requests are like the run's own for these classes, and their seeds continue where the pool, or
        the last such order, ended: no sample is made twice. Everything is kept in the output folder.

        Args:
            folder: the output folder of a run of this pipeline.
            counts: samples of each class, by its name.
            select: whether the samples go through the run's selectors.
            exporters: at most one; it writes the samples, without real ones.
            to: an empty or new folder for the export; None: ``samples-N`` in the output folder.

        Raises:
            StoreError: where the run has not reached the stage, or a component has changed since.
            DataError: where a class is unknown, a count is below 1, or the generator cannot make it.
        """
        self._one_generator(folder)
        from genaug.execution.further import further_samples
        from genaug.execution.local import LocalExecutor

        chain = self.with_changes(
            exporters=tuple(exporters), validators=(), **({} if select else {"selectors": ()})
        )
        home = Path(folder)
        return further_samples(
            counts,
            home,
            LocalExecutor().map(self.job(home), home),
            lambda order: chain.sampling_job(order, home, self.selectors),
            None if to is None else Path(to),
        )

    @property
    def _over_folds(self) -> bool:
        return self.split.folds is not None and self.split.fold is None

    def _fold_jobs(self, folder: Path) -> "list[Job]":
        folds = range(1, (self.split.folds or 0) + 1)
        return [self.of_fold(fold).job(folder / "folds" / str(fold)) for fold in folds]

    def _export_folds(
        self, folder: Path, targets: Sequence[Path], config: Mapping[str, Any]
    ) -> list[str | None]:
        """Export a finished run over folds; return the page of each exporter."""
        from genaug.execution.folds import export_folds
        from genaug.execution.local import LocalExecutor

        jobs = self._fold_jobs(folder)
        return export_folds(jobs, config, self.task, folder, LocalExecutor(), targets)

    def _report_of_folds(self, folder: Path) -> "RunRecord":
        """Build the pages of a finished run over folds again."""
        from genaug.execution.record import finished, save

        writing = self.with_changes(exporters=[one for one in self.exporters if one.page])
        targets = [folder / one.name for one in writing.exporters]
        pages = writing._export_folds(folder, targets, self.config())
        page = next((one for one in pages if one), None)
        record = finished(folder).model_copy(update={"report": page})
        save(record, folder)
        return record

    def _one_generator(self, folder: str | Path) -> None:
        if self._over_folds:
            raise ConfigError(
                f"{folder} is a run over {self.split.folds} folds, with a generator for each: name one of "
                f"them, e.g. {Path(folder) / 'folds' / '1'}"
            )

    def with_changes(self, **changes: Any) -> Self:
        """Return this pipeline with other settings, validated anew."""
        kept = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate(kept | changes)

    def remake(self, folder: str | Path, ids: Sequence[str]) -> "Pool":
        """Make candidates of a finished run again from their lineage.

        They are equal to the stored ones to the bit on the same kind of device, with the same number of
        threads and the same versions of the numeric libraries.

        Args:
            folder: the output folder of a run of this pipeline.
            ids: content hashes of candidates.

        Returns:
            The pool of these candidates, in the order of the ids.

        Raises:
            StoreError: where the run has not reached the stage, or a component has changed since.
            DataError: where an id belongs to no candidate.
        """
        self._one_generator(folder)
        from genaug.execution.local import LocalExecutor
        from genaug.execution.remake import remake

        home = Path(folder)
        job = self.job(home)
        return remake(job, home, ids, LocalExecutor().map(job, home))

    def job(self, finished: Path | None = None) -> "Job":
        """Return the job of this pipeline, for an executor.

        Args:
            finished: the output folder of a finished run of it: where the data do not exist any more, the
                samples that it stored are used.

        Raises:
            DataError: where the source's data do not exist.
        """
        from genaug.stages import validate

        chain = self._chain()
        last = chain[-1].name if chain else None
        validations = list(validate.stages(self.validators, last, self.task))
        return self._job([*chain, *validations], "generate", finished)

    def sampling_job(
        self,
        order: "Order | None",
        finished: Path | None = None,
        until: tuple[Selector, ...] | None = None,
    ) -> "Job":
        """Return the job that makes further samples of a finished run; see `Pipeline.sample`.

        Args:
            order: the samples to make; None: the job up to the pool of the run.
            finished: see `job`.
            until: the selectors of the run; None: those of this pipeline.
        """
        until = self.selectors if until is None else until
        from genaug.stages import sample

        if order is None:
            return self.with_changes(exporters=(), selectors=())._job([], "generate", finished, until)
        made = sample.stage(self.generator, order)
        return self._job([made, *self._chain(made.name)], made.name, finished, until)

    def _chain(self, candidates: str = "generate") -> "list[Stage]":
        from genaug.stages import select

        strategy = self.strategy if candidates == "generate" else None  # others: as many as ordered
        return list(select.stages(self.selectors, self.if_class_empty, candidates, strategy))

    def _job(
        self,
        following: "Sequence[Stage]",
        candidates: str,
        finished: Path | None,
        until: tuple[Selector, ...] | None = None,
    ) -> "Job":
        """Return the job of the stages up to the pool, of those that follow, and of the exports.

        Args:
            following: stages between the pool and the exports.
            candidates: name of the stage whose pool is exported.
            finished: see `job`.
            until: the selectors of the run, which a strategy that repeats asks until they keep enough; None:
                those of this pipeline.
        """
        from genaug.execution.job import Job
        from genaug.execution.record import stored_audit
        from genaug.stages import audit, choose, export, fit, generate, split

        config, used = self.config(), versions(self._components())
        chain = [stage.name for stage in following if stage.name.startswith("select.")]
        findings = tuple(stage.name for stage in following if stage.name.startswith("validate."))
        last = chain[-1] if chain else None
        stored, remark = {}, ""
        try:
            first = audit.stage(self.source)
        except DataError as error:
            stored = {} if finished is None else stored_audit(finished, config)
            if not stored:
                raise
            first = audit.stage(self.source, "gone")
            remark = f"the data of the run are gone, the samples that it stored are used ({error})"
        until = self.selectors if until is None else until
        generated = generate.stage(self.generator, self.strategy, self.task, until)
        choice = any(choose.NAME in stage.inputs for stage in (generated, *following))
        stages = [
            first,
            split.stage(self.split, self.seed),
            *(choose.stages(self.task) if choice else ()),
            fit.stage(self.generator),
            generated,
            *following,
            *export.stages(self.exporters, last, findings, self.task, config, used, candidates, choice),
        ]
        return Job(
            stages=stages,
            seed=self.seed,
            split=self.split,
            device=self.device,
            threads=self.threads,
            components=(
                *(self.generator, self.strategy, self.task),
                *(*self.selectors, *self.validators, *self.exporters),
            ),
            extractor=self.extractor,
            exporters=self.exporters,
            hooks=self.hooks,
            config=config,
            versions=used,
            stored=stored,
            remark=remark,
        )

    def config(self) -> dict[str, Any]:
        """Return the complete config as plain JSON, with all defaults filled in."""
        return self.model_dump(mode="json")

    def _components(self) -> Iterator[Component]:
        for name in type(self).model_fields:
            value = getattr(self, name)
            for item in value if isinstance(value, tuple) else (value,):
                if isinstance(item, Component):
                    yield item


def load(folder: str | Path) -> "Run":
    """Return a finished run, from any folder.

    Results are read when they are asked for; what makes something, such as `Run.export` and
    `Run.sampler.sample`, needs the components of the run, unchanged.

    Args:
        folder: its output folder.

    Raises:
        StoreError: where there is no run, or it is not finished.
    """
    from genaug.execution.record import finished
    from genaug.runs.run import Run

    record = finished(Path(folder))
    return Run(record, Path(folder), lambda: Pipeline.model_validate(dict(record.config)))
