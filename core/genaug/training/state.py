"""The state of networks, optimizers and random generators, as tensors by name for checkpoints."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import torch
from torch import Tensor, nn
from torch.optim import Optimizer


def network_state(prefix: str, network: nn.Module) -> dict[str, Tensor]:
    """Return copies of a network's weights and buffers on the CPU, as ``prefix.name``."""
    return {f"{prefix}.{name}": _kept(tensor) for name, tensor in network.state_dict().items()}


def restore_network(prefix: str, network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Load what `network_state` returned into a network."""
    network.load_state_dict(_under(prefix, tensors))


def optimizer_state(prefix: str, optimizer: Optimizer) -> dict[str, Tensor]:
    """Return copies of an optimizer's moments on the CPU, as ``prefix.parameter.name``."""
    return {
        f"{prefix}.{parameter}.{name}": _kept(tensor)
        for parameter, moments in optimizer.state_dict()["state"].items()
        for name, tensor in moments.items()
    }


def restore_optimizer(prefix: str, optimizer: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Load what `optimizer_state` returned into an optimizer; its learning rates do not change."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in _under(prefix, tensors).items():
        parameter, _, name = key.partition(".")
        state.setdefault(int(parameter), {})[name] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    for weight, moments in optimizer.state.items():
        for name, moment in moments.items():
            if moment.shape == weight.shape:  # a fused update needs both in the same memory layout
                moments[name] = torch.empty_like(weight, requires_grad=False).copy_(moment)


def random_state(random: torch.Generator) -> dict[str, Tensor]:
    """Return the states of the training's and of torch's global random generators, as bytes."""
    states = {"random": random.get_state(), "random_global": torch.get_rng_state()}
    if random.device.type == "cuda":
        states["random_cuda"] = torch.cuda.get_rng_state(random.device)
    return states


def restore_random(random: torch.Generator, tensors: Mapping[str, Tensor]) -> None:
    """Restore what `random_state` returned."""
    random.set_state(tensors["random"].cpu())
    torch.set_rng_state(tensors["random_global"].cpu())
    if random.device.type == "cuda":
        torch.cuda.set_rng_state(tensors["random_cuda"].cpu(), random.device)


@contextmanager
def seeded(device: torch.device, seed: int) -> Iterator[None]:
    """Seed torch's global generators of the CPU and of `device`, and restore them on exit."""
    # torch.manual_seed would seed every GPU, also those that are not used.
    with forked(device):
        torch.default_generator.manual_seed(seed)
        if device.type == "cuda":
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield


def forked(device: torch.device) -> AbstractContextManager[None]:
    """Restore torch's global generators of the CPU and of `device` on exit."""
    return torch.random.fork_rng([device] if device.type == "cuda" else [])


def _kept(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", copy=True).contiguous()


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    start = f"{prefix}."
    return {name.removeprefix(start): tensor for name, tensor in tensors.items() if name.startswith(start)}
