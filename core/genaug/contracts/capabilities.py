"""The capabilities of samplers: their names and meanings."""

from collections.abc import Mapping

CAPABILITIES: Mapping[str, str] = {
    "class-conditional": "makes samples of the class that `Request.label` names",
    "latent": "makes samples of given latents, `Request.latents`; has a `latent_dim`",
    "encode": "finds the latents of real samples, `Sampler.encode`; goes with `latent`",
    "prompt": "reads a text, `Request.prompt`",
    "image-to-image": "starts from training samples, `Request.sources`, whatever their modality",
    "inpaint": "makes the part of its sources anew that `Request.mask` marks",
    "finite": "returns existing samples, `Sampler.available` of each class, and makes no others",
    "unlabelled": "its generator learns from `TrainView.unlabelled`, too",
}
"""Meaning of each capability, by name."""


def unknown_capabilities(names: frozenset[str]) -> str:
    """Return which names are not capabilities, and which exist; "" where all exist."""
    unknown = sorted(names - CAPABILITIES.keys())
    if not unknown:
        return ""
    return f"there is no capability {', '.join(map(repr, unknown))}; there are {', '.join(CAPABILITIES)}"
