"""Detection of code in a training step that would wait for the device."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

_READING = {
    "_local_scalar_dense": "a number was read: float(), int(), bool(), .item(), one_hot, full of a tensor",
    "is_nonzero": "a boolean was read",
    "equal": "torch.equal compares on the host",
    "allclose": "torch.allclose compares on the host",
    "nonzero": "nonzero counts on the host",
    "masked_select": "masked_select counts the True in the mask: use torch.where",
    "_unique2": "unique counts on the host",
    "unique_consecutive": "unique_consecutive counts on the host",
    "unique_dim": "unique counts on the host",
    "bincount": "bincount reads the largest value",
    "repeat_interleave": "repeat_interleave reads the sum of its counts",
}
"""Operations whose result or result size must be known to the host."""

_TO_HOST = {
    Tensor.tolist: "tolist copies to the host",
    Tensor.numpy: "numpy copies to the host",
    Tensor.cpu: "cpu copies to the host",
    Tensor.__array__: "numpy.asarray copies to the host",
}
_FROM_HOST = {
    torch.tensor: "torch.tensor copies from the host: make it beforehand, or by torch.full, arange or eye",
    torch.as_tensor: "torch.as_tensor copies from the host: make it beforehand",
    torch.from_numpy: "torch.from_numpy is on the host: make it beforehand",
}


@contextmanager
def no_waiting(while_: str) -> Iterator[None]:
    """Fail where the block reads a tensor's values, for which a GPU would have to finish first.

    Operations are recognised by name, so it works on the CPU, too.
    """
    with _Copies(while_), _Operations(while_):
        yield


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Observer of all operations, including those in a backward pass."""

    def __init__(self, while_: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._while = while_

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name = func.overloadpacket.__name__
        assert name not in _READING, f"{self._while} waits for the device: {_READING[name]}"
        if name in ("index", "index_put", "index_put_", "_index_put_impl_"):
            assert not any(
                index is not None and index.dtype in (torch.bool, torch.uint8) for index in args[1]
            ), f"{self._while} waits for the device, to count the True in a mask: use torch.where"
        return func(*args, **(kwargs or {}))


class _Copies(TorchFunctionMode):
    """Observer of copies to and from the host, which are not operations on the CPU."""

    def __init__(self, while_: str) -> None:
        super().__init__()
        self._while = while_

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        assert func not in _TO_HOST, f"{self._while} waits for the device: {_TO_HOST[func]}"
        assert func not in _FROM_HOST or isinstance(args[0], Tensor), (
            f"{self._while} waits for the device: {_FROM_HOST[func]}"
        )
        return func(*args, **(kwargs or {}))
