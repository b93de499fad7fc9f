"""Figures of the decomposition validator."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genaug.data import Figure
from genaug.errors import MissingRequirement
from genaug.training.processes import limited_threads

if TYPE_CHECKING:
    from sklearn.decomposition import PCA

Doubles = NDArray[np.float64]

_SHOWN = 1000
"""Maximum number of points of each part in the scatter."""
_PICTURES = {"pca": "Joint principal components", "t-sne": "t-SNE", "umap": "UMAP"}
_COLOURS = {"training": "#7f7f7f", "unseen real": "#0072b2", "selected": "#d55e00"}


def scatter(
    joint: PCA, features: dict[str, Doubles], ids: dict[str, NDArray[np.str_]], picture: str, seed: int
) -> Figure:
    """Return the samples of each part in two dimensions.

    Args:
        joint: the joint components.
        features: of each part.
        ids: of the samples of each part.
        picture: ``pca``, ``t-sne`` or ``umap``.
        seed: of t-SNE and UMAP.
    """
    shown = {name: part[:_SHOWN] for name, part in features.items()}
    where = joint.transform(np.concatenate(list(shown.values())))
    axes = [f"component {n + 1} ({share:.0%})" for n, share in enumerate(joint.explained_variance_ratio_)]
    if len(axes) == 1:  # one feature: all points are on a line
        where, axes, picture = np.column_stack([where, np.zeros(len(where))]), [*axes, ""], "pca"
    if picture != "pca":
        where, axes = _embedded(where, picture, seed), ["", ""]
    starts = np.cumsum([0, *map(len, shown.values())])
    data = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": np.round(where[start:stop, 0], 4).tolist(),
            "y": np.round(where[start:stop, 1], 4).tolist(),
            "marker": {"size": 5, "opacity": 0.6, "color": _COLOURS[name]},
        }
        for name, start, stop in zip(shown, starts[:-1], starts[1:], strict=True)
    ]
    layout = {"xaxis": {"title": {"text": axes[0]}}, "yaxis": {"title": {"text": axes[1]}}}
    return Figure(
        title="Real and selected samples in two dimensions",
        caption=f"{_PICTURES[picture]}; at most {_SHOWN:,} samples of each part. Selected "
        "samples should cover the region of the real samples and no other.",
        chart={"data": data, "layout": layout},
        samples=tuple(tuple(ids[name][:_SHOWN].tolist()) for name in shown),
    )


def _embedded(values: Doubles, how: str, seed: int) -> Doubles:
    """Return two-dimensional coordinates that preserve neighbourhoods of the joint components, ``[N, 2]``."""
    from sklearn.manifold import TSNE

    if how == "t-sne":
        perplexity = min(30.0, (len(values) - 1) / 3)
        arranged = TSNE(perplexity=perplexity, init="pca", random_state=seed).fit_transform(values)
    else:
        neighbours = min(15, len(values) - 1)
        umap = umap_class()(n_neighbors=neighbours, random_state=seed, n_jobs=1)
        with limited_threads(1):  # numba also sets the number of threads of torch and does not restore it
            arranged = umap.fit_transform(values)
    return np.asarray(arranged, dtype=np.float64)


def umap_class() -> Any:
    """Return UMAP.

    Raises:
        MissingRequirement: if umap-learn is not installed.
    """
    try:
        with warnings.catch_warnings():
            # Its import warns that one of its classes, which is not used here, needs Tensorflow.
            warnings.filterwarnings("ignore", "Tensorflow not installed", ImportWarning)
            from umap import UMAP
    except ImportError as error:
        raise MissingRequirement(
            "the validator 'decomposition' needs umap-learn for picture: umap: pip install 'genaug[umap]', "
            "or set picture to pca or t-sne"
        ) from error
    return UMAP


def variance_curves(parts: dict[str, Doubles]) -> Figure:
    """Return the share of each part's variance that the first 1, 2, … joint components explain."""
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": list(range(1, len(curve) + 1)),
            "y": curve.tolist(),
            "line": {"color": _COLOURS[name]},
        }
        for name, curve in parts.items()
    ]
    layout = {
        "xaxis": {"title": {"text": "joint components"}},
        "yaxis": {"title": {"text": "share of the variance"}, "tickformat": ".0%"},
    }
    return Figure(
        title="Variance explained by the joint components",
        caption="A curve of the selected samples above that of the real ones: they vary in fewer directions.",
        chart={"data": data, "layout": layout},
    )


def shift_bars(shifts: Doubles, usual: float) -> Figure:
    """Return the shift of each joint component, and the usual mean shift of real data against real data."""
    bars = {
        "type": "bar",
        "name": "kept candidates",
        "x": list(range(1, len(shifts) + 1)),
        "y": shifts.tolist(),
    }
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": "real data against real data, mean",
        "x": [0.5, len(shifts) + 0.5],
        "y": [usual, usual],
        "line": {"color": "#7f7f7f", "dash": "dash"},
    }
    layout = {
        "xaxis": {"title": {"text": "joint component"}},
        "yaxis": {"title": {"text": "Wasserstein-1, standard deviations"}},
    }
    return Figure(
        title="Shift of each component",
        caption="Distance between the distributions of selected and real samples along each component.",
        chart={"data": [bars, line], "layout": layout},
    )
