"""The base class of components."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import PrivateAttr, SerializerFunctionWrapHandler, model_serializer

from genaug.data.spec import SampleSpec
from genaug.settings import Settings

if TYPE_CHECKING:
    from genaug.components.prerequisites import Prerequisite
    from genaug.data.facts import DataFacts


class Component(Settings):
    """Base class of components: a component is a set of settings with methods that do the work.

    Settings are the fields: typed, bounded, finite, described; others are refused. Creating a component
    stores its settings and does no work. A concrete component is final: vary it by composition, not by
    overriding. Objects with state (a trained sampler, an optimizer, an open file) are returned by its
    methods.

    ``kind`` comes from the contract, ``name`` is the component's entry-point name. ``contract`` is the
    version of the contract; a plugin may state the version it was written for, and an engine with
    another version then refuses it.
    """

    kind: ClassVar[str]
    name: ClassVar[str]
    contract: ClassVar[int] = 1

    checks_its_parts: ClassVar[bool] = False
    """Whether `check_usable` checks the components that this one refers to, where it may use only some of
    them. The engine then does not check them itself."""

    _use: str | None = PrivateAttr(default=None)

    def referred_to_as(self, use: str) -> Self:
        """Store the full ``distribution:name`` that a config used, and return this component."""
        self._use = use
        return self

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise a `GenaugError` if this component cannot work on samples of this spec.

        Called as soon as the spec is known, before anything is learned: for a modality or shape that
        it does not read, or a missing file of weights. Checks that take long do not belong here.
        """

    def prerequisites(self) -> tuple[Prerequisite, ...]:
        """Return the packages and weights that are needed with the present settings.

        `genaug check` and every run look for them before anything is learned, without importing a package.
        What a component always needs belongs in the extras of its entry point instead.
        """
        return ()

    def check_data(self, facts: DataFacts) -> Iterable[str]:
        """Refuse settings that cannot work with this number of samples; return remarks on the others.

        Called when the data are split, before anything is learned, by `genaug check` and by every run. Give
        the numbers, and what to change. Only counts are known: nothing may be learned or loaded here.

        Returns:
            Remarks, a sentence each, on what works but is hardly meant: a filter that keeps everything.

        Raises:
            DataError: where the work of this component is certain to fail, or to be without any effect.
        """
        return ()

    def reads(self) -> tuple[Path, ...]:
        """Return the files whose content the results depend on, e.g. initial weights.

        A stage is executed again when one of them has changed.
        """
        return ()

    def state(self) -> str:
        """Return a hash of the data that the results depend on, where the same settings may mean others.

        For data that are more than the files of `reads`: a folder, a set of shards. Everything that depends
        on them is executed again when it changes.

        Raises:
            DataError: where the data is not there.
        """
        return ""

    @property
    def uses_pipeline_extractor(self) -> bool:
        """Return whether the results depend on the pipeline's extractor.

        A stage with such a component is executed again when the pipeline names another extractor.
        Default: true where a setting ``extractor`` is left open (None). Override it in a component that
        reads features of the pipeline's extractor for another reason.
        """
        return getattr(self, "extractor", self) is None

    @model_serializer(mode="wrap")
    def _with_use(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"use": self._use or type(self).name, **handler(self)}
