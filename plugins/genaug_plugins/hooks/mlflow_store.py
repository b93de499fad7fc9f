"""An MLflow store in a folder, without telemetry."""

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
"""MLflow's environment variable, which it reads when it is imported."""


def store(folder: Path) -> "MlflowClient":
    """Return a client of the store in a folder, which is created if it does not exist.

    Raises:
        MissingRequirement: if MLflow is not installed.
    """
    folder.mkdir(exist_ok=True)
    database = folder / "mlflow.db"
    if not database.exists():
        database.write_bytes(_empty_database())
    return _open(database)


@functools.cache
def _empty_database() -> bytes:
    """Return an empty store; MLflow takes seconds to create one, so each process creates only one."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "mlflow.db"
        _open(database)
        return database.read_bytes()


def _open(database: Path) -> "MlflowClient":
    try:
        # The telemetry is disabled unless the surrounding program has already imported MLflow.
        with contextlib.nullcontext() if "mlflow" in sys.modules else _without_telemetry():
            from mlflow import MlflowClient
        with warnings.catch_warnings():
            # MLflow uses a loader of SQLAlchemy that version 2.1 deprecates.
            warnings.filterwarnings("ignore", "The ``noload`` loader strategy", DeprecationWarning)
            import mlflow.store.tracking.sqlalchemy_store  # noqa: F401
    except ImportError as error:
        raise MissingRequirement(
            f"the hook 'mlflow' needs {error.name}, which is not installed: "
            "pip install 'genaug[mlflow]', or remove it from `hooks`"
        ) from error
    logger = logging.getLogger("mlflow.store.db.utils")
    level = logger.level
    logger.setLevel(logging.WARNING)  # its information would interrupt the progress bar
    try:
        return MlflowClient(tracking_uri=f"sqlite:///{database.as_posix()}")
    finally:
        logger.setLevel(level)


@contextlib.contextmanager
def _without_telemetry() -> Iterator[None]:
    before = os.environ.get(OPT_OUT)
    os.environ[OPT_OUT] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ[OPT_OUT]
        else:
            os.environ[OPT_OUT] = before
