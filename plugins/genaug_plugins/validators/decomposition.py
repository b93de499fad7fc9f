"""Directions of the feature space along which real and synthetic samples differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Context, Evidence, Extractor, Validator
from genaug.data import Finding, Findings, Samples, SampleSpec
from genaug.data.spread import ROUNDING_32
from genaug_plugins.validators.decomposition_figures import scatter, shift_bars, umap_class, variance_curves

if TYPE_CHECKING:
    from sklearn.decomposition import PCA

Doubles = NDArray[np.float64]

_FEWEST = 10
"""Minimum number of samples of each part; with fewer, the directions are noise."""


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
    title: ClassVar[str] = "In which directions do they differ from real data?"
    reads_task: ClassVar[bool] = False

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
            umap_class()

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
        drawn = {
            name: context.rng("decomposition", name).permutation(len(part))[: self.most]
            for name, part in given.items()
        }
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
        usual_shift = float(_shifts(usual, real, features["training"]).mean())
        angles = np.rad2deg(self._angles(real[:n], made[:n]))
        usual_angles = np.rad2deg(self._angles(real[:m], features["training"][:m]))
        count = len(joint.components_)
        findings = (
            Finding(
                name="component_shift[selected]",
                title="shift along joint components[kept candidates]",
                value=float(shifts.mean()),
                better="lower",
                n=n,
                reference=usual_shift,
                note=f"Wasserstein-1 in standard deviations of the real part, mean over {count} joint "
                f"components; largest {shifts.max():.3g} in component {int(shifts.argmax()) + 1}; {note}",
            ),
            Finding(
                name="principal_angle[selected]",
                title="angle between leading directions[kept candidates]",
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
        seed = int(context.rng("decomposition", self.picture).integers(2**31))
        figures = (
            scatter(joint, features, ids, self.picture, seed),
            variance_curves(
                {name: _explained(joint, features[name]) for name in ("unseen real", "selected")}
            ),
            shift_bars(shifts, usual_shift),
        )
        return Findings(validator=self.name, findings=findings, figures=figures)

    def _angles(self, a: Doubles, b: Doubles) -> Doubles:
        from scipy.linalg import subspace_angles

        bases = [_fitted(part, min(self.subspace, *a.shape, *b.shape)).components_.T for part in (a, b)]
        return np.asarray(subspace_angles(*bases), dtype=np.float64)


def _fitted(values: Doubles, components: int) -> PCA:
    from sklearn.decomposition import PCA

    return PCA(min(components, *values.shape), svd_solver="full").fit(values)


def _shifts(pca: PCA, real: Doubles, other: Doubles) -> Doubles:
    """Return the Wasserstein-1 distance of each component in the real part's deviations, ``[k]``."""
    from scipy.stats import wasserstein_distance

    first, second = pca.transform(real), pca.transform(other)
    spread = first.std(axis=0)
    # A component without variance is rounding alone; a share of the largest has no unit.
    spread = np.maximum(spread, ROUNDING_32 * max(spread.max(), np.finfo(np.float64).tiny))
    return np.array(
        [wasserstein_distance(a, b) / s for a, b, s in zip(first.T, second.T, spread, strict=True)]
    )


def _explained(pca: PCA, values: Doubles) -> Doubles:
    """Return the share of these values' variance that the first 1, 2, … components explain, ``[k]``."""
    whole = values.var(axis=0).sum()
    explained = np.cumsum(pca.transform(values).var(axis=0))
    return np.asarray(explained / whole if whole > 0 else np.zeros(len(explained)), dtype=np.float64)
