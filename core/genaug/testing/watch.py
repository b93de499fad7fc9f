"""Detection of side effects of components: on global random generators, files, inputs."""

import contextlib
import dataclasses
import hashlib
import os
import random
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import BaseModel

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
_collecting: list[list[Path]] = []
_installed: list[bool] = []


def global_randomness() -> dict[str, str]:
    """Return a digest of the state of each global random generator: Python's, NumPy's, torch's."""
    return {
        "random": digest(random.getstate()),
        "numpy.random": digest(np.random.get_state(legacy=False)),
        "torch": digest(torch.get_rng_state()),
    }


@contextlib.contextmanager
def other_global_randomness() -> Iterator[None]:
    """Use other global random states in the block; restore them afterwards.

    A result that is the same inside and outside does not depend on a global generator.
    """
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        random.seed(8675309)
        np.random.seed(8675309)
        torch.manual_seed(8675309)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)


@contextlib.contextmanager
def no_global_randomness(while_: str) -> Iterator[None]:
    """Fail where the block changes the state of a global random generator.

    It begins in an unusual state: otherwise a second `seed(0)` would not be detected.
    """
    with other_global_randomness():
        before = global_randomness()
        yield
        after = global_randomness()
        changed = [name for name in before if after[name] != before[name]]
        assert not changed, f"{while_} used or seeded the global generator of {' and '.join(changed)}"


@contextlib.contextmanager
def written_paths() -> Iterator[list[Path]]:
    """Collect the paths that the block's Python code opens for writing, makes, moves or removes.

    Compiled code that opens files itself is not seen. Byte code that Python caches while it
    imports does not count. (Python cannot remove an audit hook: it stays, without effect.)
    """
    if not _installed:
        sys.addaudithook(_observe)
        _installed.append(True)
    paths: list[Path] = []
    _collecting.append(paths)
    try:
        yield paths
    finally:
        _collecting.remove(paths)


def _observe(event: str, args: tuple[Any, ...]) -> None:
    if not _collecting or not args or not isinstance(args[0], str | bytes | os.PathLike):
        return
    if event in _CHANGES or (event == "open" and isinstance(args[2], int) and args[2] & _WRITES):
        path = Path(os.path.abspath(os.fsdecode(args[0])))
        if "__pycache__" not in path.parts and path.parts[1:2] != ("dev",):
            for paths in _collecting:
                paths.append(path)


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of each file under a folder (or of one file), by its relative path."""
    if folder.is_file():
        return {folder.name: folder.read_bytes()}
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@contextlib.contextmanager
def no_error(when: str) -> Iterator[None]:
    """Turn any error of the block into a failed check that names the situation."""
    try:
        yield
    except AssertionError:
        raise
    except Exception as error:
        raise AssertionError(f"must not raise {when}, but: {type(error).__name__}: {error}") from error


def digest(value: Any) -> str:
    """Return a hash of the whole content of a value: arrays to the bit, records by their fields."""
    found = hashlib.sha256()
    _feed(found, value)
    return found.hexdigest()


def _feed(found: Any, value: Any) -> None:
    found.update(type(value).__name__.encode())
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        found.update(f"{value.dtype}{value.shape}".encode())
        if value.dtype == np.object_:  # its bytes are addresses
            _feed(found, value.tolist())
        else:
            found.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, BaseModel):
        _feed(found, value.model_dump())
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            _feed(found, getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key in value:
            _feed(found, key)
            _feed(found, value[key])
    elif isinstance(value, list | tuple):
        for item in value:
            _feed(found, item)
    else:
        found.update(repr(value).encode())
