"""Loading of transformers models without progress bars, and without changes of the global random state."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from transformers.utils import logging


@contextmanager
def quiet_loading() -> Iterator[None]:
    """Disable progress bars, and restore them and torch's random state afterwards."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call, unused-ignore]
    try:
        with torch.random.fork_rng(devices=[]):  # the initial weights are overwritten
            yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call, unused-ignore]
