"""The requests of a strategy: checked, completed, and cut into chunks that can each be made again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError

from genaug.components.blame import blaming
from genaug.components.calling import call_with_known
from genaug.components.identity import described
from genaug.contracts import Context, Generator, Rounds, Sampler, Strategy
from genaug.data import Origin, Request, TrainView
from genaug.data.seeds import derive_seed
from genaug.errors import PluginFailed
from genaug.stages.guarded_sampler import GuardedSampler
from genaug.stages.sources import TrainingSamples

STARTING = frozenset({"image-to-image", "inpaint", "encode"})
"""Capabilities that allow `Request.sources`; with `encode` they record the origin of latents."""

ROUNDING = 1e-6
"""How far the sum of a soft label may be from 1."""


class RequestRefused(Exception):
    """Error: a sampler cannot serve a request, or the request is malformed."""


def asked(
    strategy: Strategy,
    generator: Generator,
    sampler: Sampler,
    train: TrainView,
    context: Context,
    so_far: Rounds | None = None,
) -> list[Request]:
    """Return the requests of a strategy, each checked and with complete options.

    Args:
        strategy: makes the requests.
        generator: that the sampler belongs to.
        sampler: will serve them.
        train: the training view.
        context: passed to the strategy.
        so_far: what earlier rounds have given; None: it is the first.

    Raises:
        PluginFailed: naming the strategy, where it requests what the sampler cannot do, or returns
            something else than requests.
    """
    check = RequestCheck(sampler, train)
    requests = []
    with blaming(strategy):
        guarded = GuardedSampler(sampler, generator)
        method = "requests" if so_far is None else "further"
        if so_far is None:
            found = call_with_known(strategy.requests, train, guarded, context.rng("requests"), context)
        else:
            rng = context.rng("requests", str(so_far.number))
            found = call_with_known(strategy.further, train, guarded, rng, context, so_far)
        if not isinstance(found, Iterable):
            raise PluginFailed(
                f"`{method}` of the {described(strategy)} returned a {type(found).__name__}, not an iterable "
                "of requests: write it with `yield`"
            )
        for number, request in enumerate(found):
            try:
                requests.append(check(request))
            except RequestRefused as error:
                raise PluginFailed(
                    f"the {described(strategy)} asks the sampler of the generator {generator.name!r} for "
                    f"what it cannot have, in request {number}: {error}"
                ) from None
    return requests


def chunks(
    requests: Sequence[Request], size: int, generator: str, seed: int, first: int = 0
) -> Iterator[Origin]:
    """Yield the origin of each chunk of each request, in order.

    A request of at most `size` samples is one chunk. Each chunk has its own seed, so that it can be made
    independently of the others, and again.

    Args:
        requests: those of the strategy.
        size: most samples of a chunk.
        generator: fingerprint of the fitted generator.
        seed: of the stage `generate`.
        first: number of the first request: behind those for which samples have been made.
    """
    for number, request in enumerate(requests, start=first):
        for start in range(0, request.count, size):
            part = request.part(start, min(start + size, request.count))
            names = ("request", str(number), *(("from", str(start)) if start else ()))
            yield Origin.of(part, number, generator, derive_seed(seed, *names))


def complete_options(options: Mapping[str, Any], model: type[BaseModel] | None) -> dict[str, Any]:
    """Return the options of a request complete, every default written out.

    Args:
        options: of the request.
        model: the sampler's `options_model`.

    Raises:
        RequestRefused: where the sampler does not have them.
    """
    given = dict(options)
    if model is None:
        if given:
            raise RequestRefused(f"the options {', '.join(given)}, and it has none to set")
        return {}
    try:
        complete: dict[str, Any] = model.model_validate(given).model_dump(mode="json", by_alias=True)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise RequestRefused(f"options that its `options_model` refuses: {'; '.join(faults)}") from error
    if unknown := given.keys() - complete.keys():
        known = ", ".join(complete)
        raise RequestRefused(
            f"the options {', '.join(sorted(unknown))}, which do not exist; there are {known}"
        )
    return complete


class RequestCheck:
    """A check of requests against a sampler's capabilities and the training view."""

    def __init__(self, sampler: Sampler, train: TrainView) -> None:
        self._sampler = sampler
        self._spec = train.spec
        self._training = TrainingSamples(train)
        self._asked = [0] * train.spec.classes

    def __call__(self, request: Any) -> Request:
        """Return a request with complete options.

        Raises:
            RequestRefused: where the sampler cannot serve it.
        """
        if not isinstance(request, Request):
            raise RequestRefused(f"it is a {type(request).__name__}, not a Request")
        label, count = self._label(request), request.count
        if not isinstance(count, int | np.integer) or isinstance(count, bool) or count < 1:
            raise RequestRefused(f"`count` is {count!r}, not a whole number from 1 on")
        self._inputs(request)
        self._start(request)
        self._soft_label(request)
        options = complete_options(request.options, self._sampler.options_model)
        self._asked[label] += int(count)
        available = self._sampler.available
        if available is not None and self._asked[label] > available[label]:
            raise RequestRefused(
                f"{self._asked[label]:,} samples of class {self._spec.class_names[label]!r} in all, and "
                f"there are {available[label]:,}"
            )
        return replace(request, label=label, count=int(count), options=options)

    def _label(self, request: Request) -> int:
        label, classes = request.label, self._spec.classes
        if not isinstance(label, int | np.integer) or isinstance(label, bool) or not 0 <= label < classes:
            raise RequestRefused(f"`label` is {label!r}, and the classes are 0 … {classes - 1}")
        specified = request.prompt is not None or request.sources or request.latents is not None
        if classes > 1 and not specified and "class-conditional" not in self._sampler.capabilities:
            raise RequestRefused(
                f"samples of class {self._spec.class_names[label]!r}, which it cannot tell from the other "
                f"{classes - 1}{self._able()}"
            )
        return int(label)

    def _inputs(self, request: Request) -> None:
        """Check latents and prompt."""
        if request.prompt is not None:
            self._needs("prompt", "a prompt")
            if not isinstance(request.prompt, str):
                raise RequestRefused(f"the prompt is a {type(request.prompt).__name__}, not a str")
        if request.latents is not None:
            self._needs("latent", "latents")
            wanted = (request.count, self._sampler.latent_dim)
            latents = request.latents
            if not isinstance(latents, np.ndarray) or latents.dtype != np.float32 or latents.shape != wanted:
                raise RequestRefused(f"latents are {_described(latents)}, not float32 {list(wanted)}")
            if not np.isfinite(latents).all():
                raise RequestRefused("latents contain NaN or infinite values")

    def _start(self, request: Request) -> None:
        """Check sources and mask."""
        if not isinstance(request.sources, tuple):
            raise RequestRefused(f"`sources` is a {type(request.sources).__name__}, not a tuple of ids")
        if request.sources:
            if not STARTING & self._sampler.capabilities:
                raise RequestRefused(f"sources, and it starts from none{self._able()}")
            unknown = self._training.unknown(request.sources)
            if unknown is not None:
                raise RequestRefused(f"the source {unknown!r}, which is not the id of a training sample")
        if request.paired and (not request.sources or len(request.sources) % request.count):
            raise RequestRefused(
                f"{len(request.sources)} sources for {request.count} samples, with `paired`: each sample "
                "needs one source, or the same number of them"
            )
        if request.mask is not None:
            self._needs("inpaint", "a mask")
            if not request.sources:
                raise RequestRefused("a mask without sources: there is nothing to keep")
            spec, mask = self._spec, request.mask
            has_channels = spec.modality in ("image", "signal")  # which a mask does not distinguish
            spatial = spec.shape[1:] if has_channels else spec.shape
            shapes = [(count, *spatial) for count in (1, request.count)]
            if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape not in shapes:
                raise RequestRefused(f"the mask is {_described(mask)}, not bool {[1, *spatial]}")

    def _soft_label(self, request: Request) -> None:
        """Check the soft label."""
        soft, classes = request.soft_label, self._spec.classes
        if soft is None:
            return
        if not isinstance(soft, tuple) or len(soft) != classes:
            raise RequestRefused(f"`soft_label` is {soft!r}, not a tuple of {classes} numbers, one a class")
        shares = np.array(soft, dtype=np.float64)
        if not (shares >= 0).all() or abs(shares.sum() - 1) > ROUNDING:
            raise RequestRefused(f"`soft_label` is {soft!r}: no share may be below 0, and all must sum to 1")
        if not shares[request.label]:
            raise RequestRefused(
                f"samples of class {self._spec.class_names[request.label]!r}, which has no share in their "
                f"`soft_label` {soft!r}"
            )

    def _needs(self, capability: str, what: str) -> None:
        if capability not in self._sampler.capabilities:
            raise RequestRefused(f"{what}, without the capability {capability!r}{self._able()}")

    def _able(self) -> str:
        return f"; it can do {', '.join(sorted(self._sampler.capabilities)) or 'nothing of the kind'}"


def _described(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {list(value.shape)}"
    return f"a {type(value).__name__}"
