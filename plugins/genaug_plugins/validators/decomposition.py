"""Directions of the feature space along which real and synthetic samples differ."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Context, Evidence, Extractor, Validator
from genaug.data import Figure, Finding, Findings, Samples, SampleSpec
from genaug.errors import MissingRequirement
from genaug.training.processes import limited_threads

if TYPE_CHECKING:
    from sklearn.decomposition import PCA

Doubles = NDArray[np.float64]

_FEWEST = 10
"""Samples of each part below which directions are noise."""
_SHOWN = 1000
"""Points of each part in the scatter."""
_PICTURES = {"pca": "Joint principal components", "t-sne": "t-SNE", "umap": "UMAP"}
_COLOURS = {"training": "#7f7f7f", "unseen real": "#1f77b4", "selected": "#d95f02"}


class DecompositionValidator(Validator):
    """Decompose real and synthetic features together (PCA), and compare them component by component.

    Uses as many unseen real samples (validation and test view) as selected candidates, so that neither
    dominates the axes. Reports three values: the share of each part's variance that the joint components
    explain; the principal angles between the leading subspaces of the two parts (Björck & Golub 1973): 0°
    where both vary along the same directions, 90° where they share none; and the Wasserstein-1 distance of
    each component, in standard deviations of the real part. The reference of each is the same value between
    as many training and unseen real samples.

    A picture of two components does not show the other components: read the numbers as well.
    """

    name: ClassVar[str] = "decomposition"

    components: int = Field(default=10, ge=2, le=200)
    """Number of joint components that are compared."""
    subspace: int = Field(default=5, ge=1, le=100)
    """Number of leading directions of each part between which angles are computed."""
    most: int = Field(default=5000, ge=20)
    """Maximum number of samples of each part; they are drawn at random."""
    picture: Literal["pca", "t-sne", "umap"] = "pca"
    """Coordinates of the scatter; t-SNE and UMAP (extra `umap`) preserve neighbourhoods, not distances."""
    extractor: Use[Extractor] | None = None
    """The feature space. None: the pipeline's."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error if `picture` is umap and umap-learn is not installed."""
        if self.picture == "umap":
            _umap()

    def measure(self, evidence: Evidence, context: Context) -> Findings:
        """Compare the parts; warn instead if a part has fewer than 10 samples or does not vary."""
        unseen = Samples.join([evidence.validation.samples, evidence.test.samples])
        given = {
            "training": evidence.train.samples,
            "unseen real": unseen,
            "selected": evidence.selected.samples,
        }
        few = [f"{len(part)} {name}" for name, part in given.items() if len(part) < _FEWEST]
        if few:
            lacking = f"decomposition needs {_FEWEST} samples of each part, but there are {', '.join(few)}"
            return Findings(validator=self.name, warnings=(lacking,))
        space = self.extractor or context.extractor
        drawn = {name: self._drawn(len(part), context, name) for name, part in given.items()}
        features = {
            name: context.features(space, part)[drawn[name]].astype(np.float64)
            for name, part in given.items()
        }
        ids = {name: part.ids[drawn[name]] for name, part in given.items()}
        alike = [name for name, part in features.items() if not np.ptp(part, axis=0).any()]
        if alike:
            said = f"nothing to decompose: the features of {' and '.join(alike)} samples are all identical"
            return Findings(validator=self.name, warnings=(said,))
        n = min(len(features["unseen real"]), len(features["selected"]))
        m = min(len(features["unseen real"]), len(features["training"]))
        real, made = features["unseen real"], features["selected"]
        joint = _fitted(np.concatenate([real[:n], made[:n]]), self.components)
        usual = _fitted(np.concatenate([real[:m], features["training"][:m]]), self.components)
        note = "features: " + ", ".join(f"{key} {value}" for key, value in context.record(space).items())
        shifts = _shifts(joint, real, made)
        angles = np.rad2deg(self._angles(real[:n], made[:n]))
        usual_angles = np.rad2deg(self._angles(real[:m], features["training"][:m]))
        count = len(joint.components_)
        findings = (
            Finding(
                name="component_shift[selected]",
                value=float(shifts.mean()),
                better="lower",
                n=n,
                reference=float(_shifts(usual, real, features["training"]).mean()),
                note=f"Wasserstein-1 in standard deviations of the real part, mean over {count} joint "
                f"components; largest {shifts.max():.3g} in component {int(shifts.argmax()) + 1}; {note}",
            ),
            Finding(
                name="principal_angle[selected]",
                value=float(angles.mean()),
                better="lower",
                n=n,
                reference=float(usual_angles.mean()),
                note=f"degrees, mean over the {len(angles)} leading directions of each part; largest "
                f"{angles.max():.3g}; larger for smaller samples; {note}",
            ),
            *(
                Finding(
                    name=f"explained_variance[{name}]",
                    value=float(_explained(joint, features[name])[-1]),
                    n=len(features[name]),
                    note=f"share of this part's variance explained by {count} joint components; {note}",
                )
                for name in ("unseen real", "selected")
            ),
        )
        figures = (
            self._scatter(joint, features, ids, context),
            _curves({name: _explained(joint, features[name]) for name in ("unseen real", "selected")}),
            _bars(shifts),
        )
        return Findings(validator=self.name, findings=findings, figures=figures)

    def _drawn(self, n: int, context: Context, name: str) -> NDArray[np.int64]:
        return context.rng("decomposition", name).permutation(n)[: self.most]

    def _angles(self, a: Doubles, b: Doubles) -> Doubles:
        from scipy.linalg import subspace_angles

        bases = [_fitted(part, min(self.subspace, *a.shape, *b.shape)).components_.T for part in (a, b)]
        return np.asarray(subspace_angles(*bases), dtype=np.float64)

    def _scatter(
        self,
        joint: PCA,
        features: dict[str, Doubles],
        ids: dict[str, NDArray[np.str_]],
        context: Context,
    ) -> Figure:
        shown = {name: part[:_SHOWN] for name, part in features.items()}
        where = joint.transform(np.concatenate(list(shown.values())))
        axes = [f"component {n + 1} ({share:.0%})" for n, share in enumerate(joint.explained_variance_ratio_)]
        if self.picture != "pca":
            seed = int(context.rng("decomposition", self.picture).integers(2**31))
            where, axes = _arranged(where, self.picture, seed), ["", ""]
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
            caption=f"{_PICTURES[self.picture]}; at most {_SHOWN:,} samples of each part. Selected "
            "samples should cover the region of the real samples and no other.",
            chart={"data": data, "layout": layout},
            samples=tuple(tuple(ids[name][:_SHOWN].tolist()) for name in shown),
        )


def _arranged(values: Doubles, how: str, seed: int) -> Doubles:
    """Return the joint components laid out in a plane so that neighbours stay neighbours, ``[N, 2]``."""
    from sklearn.manifold import TSNE

    if how == "t-sne":
        perplexity = min(30.0, (len(values) - 1) / 3)
        arranged = TSNE(perplexity=perplexity, init="pca", random_state=seed).fit_transform(values)
    else:
        neighbours = min(15, len(values) - 1)
        umap = _umap()(n_neighbors=neighbours, random_state=seed, n_jobs=1)
        with limited_threads(1):  # numba also sets the number of threads of torch and does not restore it
            arranged = umap.fit_transform(values)
    return np.asarray(arranged, dtype=np.float64)


def _umap() -> Any:
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


def _fitted(values: Doubles, components: int) -> PCA:
    from sklearn.decomposition import PCA

    return PCA(min(components, *values.shape), svd_solver="full").fit(values)


def _shifts(pca: PCA, real: Doubles, other: Doubles) -> Doubles:
    """Return the Wasserstein-1 distance of each component in the real part's deviations, ``[k]``."""
    from scipy.stats import wasserstein_distance

    ours, theirs = pca.transform(real), pca.transform(other)
    spread = ours.std(axis=0)
    spread[spread == 0] = 1.0
    return np.array(
        [wasserstein_distance(a, b) / s for a, b, s in zip(ours.T, theirs.T, spread, strict=True)]
    )


def _explained(pca: PCA, values: Doubles) -> Doubles:
    """Return the share of these values' variance that the first 1, 2, … components explain, ``[k]``."""
    whole = values.var(axis=0).sum()
    held = np.cumsum(pca.transform(values).var(axis=0))
    return np.asarray(held / whole if whole > 0 else np.zeros(len(held)), dtype=np.float64)


def _curves(parts: dict[str, Doubles]) -> Figure:
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


def _bars(shifts: Doubles) -> Figure:
    bars = {"type": "bar", "x": list(range(1, len(shifts) + 1)), "y": shifts.tolist()}
    layout = {
        "xaxis": {"title": {"text": "joint component"}},
        "yaxis": {"title": {"text": "Wasserstein-1, standard deviations"}},
    }
    return Figure(
        title="Shift of each component",
        caption="Distance between the distributions of selected and real samples along each component.",
        chart={"data": [bars], "layout": layout},
    )
