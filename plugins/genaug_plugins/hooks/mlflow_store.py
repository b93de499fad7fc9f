"""An MLflow store in a folder: made quickly, opened quietly, without telemetry."""

import contextlib
import functools
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from genaug.errors import MissingRequirement

if TYPE_CHECKING:
    from mlflow import MlflowClient

OPT_OUT = "MLFLOW_DISABLE_TELEMETRY"
"""MLflow's own variable; it is read while MLflow is imported."""


def store(folder: Path) -> "MlflowClient":
    """Open the store in a folder."""
    folder.mkdir(exist_ok=True)
    database = folder / "mlflow.db"
    if not database.exists():
        database.write_bytes(_empty_database())
    return _opened(database)


@functools.cache
def _empty_database() -> bytes:
    """Return a store without runs; MLflow takes seconds to make one, and a process may run many."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "mlflow.db"
        _opened(database)
        return database.read_bytes()


def _opened(database: Path) -> "MlflowClient":
    client = _import()
    logger = logging.getLogger("mlflow.store.db.utils")
    level = logger.level
    logger.setLevel(logging.WARNING)  # "Creating initial MLflow database tables...", across the progress bar
    try:
        return client(tracking_uri=f"sqlite:///{database.as_posix()}")
    finally:
        logger.setLevel(level)


def _import() -> "type[MlflowClient]":
    """Import MLflow with its telemetry off, unless the surrounding program has imported it already."""
    try:
        with _opted_out() if "mlflow" not in sys.modules else contextlib.nullcontext():
            from mlflow import MlflowClient
        with warnings.catch_warnings():
            # MLflow asks SQLAlchemy for a loader that version 2.1 calls deprecated.
            warnings.filterwarnings("ignore", "The ``noload`` loader strategy", DeprecationWarning)
            import mlflow.store.tracking.sqlalchemy_store  # noqa: F401
    except ImportError as error:
        raise MissingRequirement(
            f"the hook 'mlflow' needs {error.name}, which is not installed: "
            "pip install 'genaug[mlflow]', or remove it from `hooks`"
        ) from error
    return MlflowClient


@contextlib.contextmanager
def _opted_out() -> Iterator[None]:
    before = os.environ.get(OPT_OUT)
    os.environ[OPT_OUT] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ[OPT_OUT]
        else:
            os.environ[OPT_OUT] = before
