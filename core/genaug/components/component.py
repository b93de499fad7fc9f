"""A component: a recipe, frozen and described, that does no work when it is made."""

from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr, SerializerFunctionWrapHandler, model_serializer

from genaug.data.spec import SampleSpec


class Component(BaseModel):
    """Describe how something is made; making it is a method's business.

    Settings are the fields: typed, bounded, described, and no others are accepted. A concrete
    component is final in spirit: vary it by composing, not by overriding. What lives (a trained
    sampler, an optimizer, an open file) is an object that a method returns.

    ``kind`` comes from the contract, ``name`` is the component's entry-point name. ``contract``
    is the version of the contract; a plugin may state the one it was written for, and is then
    refused by an engine that keeps another one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: ClassVar[str]
    name: ClassVar[str]
    contract: ClassVar[int] = 1

    _use: str | None = PrivateAttr(default=None)

    def referred_to_as(self, use: str) -> Self:
        """Remember the full ``distribution:name`` that picked this component."""
        self._use = use
        return self

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise a `GenaugError` where this cannot work here, on samples of this spec.

        Asked as soon as the spec is known, before anything is learned: another modality or shape
        than it reads, a file of weights that is not there. Whatever takes long is not checked.
        """

    def reads(self) -> tuple[Path, ...]:
        """Return the files whose content the results depend on, e.g. of weights to begin with.

        A stage is done again where one of them has changed.
        """
        return ()

    @model_serializer(mode="wrap")
    def _with_use(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"use": self._use or type(self).name, **handler(self)}
