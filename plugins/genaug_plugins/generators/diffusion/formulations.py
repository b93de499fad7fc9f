"""The formulations by name."""

from __future__ import annotations

from genaug_plugins.generators.diffusion.config import FormulationName
from genaug_plugins.generators.diffusion.ddpm import Ddpm
from genaug_plugins.generators.diffusion.edm import Edm
from genaug_plugins.generators.diffusion.flow import Flow
from genaug_plugins.generators.diffusion.formulation import Formulation


def formulation(name: FormulationName, data: float) -> Formulation:
    """Return a formulation by name.

    Args:
        name: its name.
        data: σ_data of `Edm`, above 0.
    """
    if name == "flow":
        return Flow()
    return Edm(data) if name == "edm" else Ddpm()
