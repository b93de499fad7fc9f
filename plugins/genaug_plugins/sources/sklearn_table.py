"""Tables that scikit-learn ships: real data, no download."""

from typing import ClassVar, Literal

import numpy as np

from genaug import Source
from genaug.data import Column, Dataset, Samples, SampleSpec
from genaug_plugins.sources.files import row_origins


class SklearnTableSource(Source):
    """Read one of scikit-learn's small tables: real measurements, numeric columns, two or three classes.

    `breast-cancer`: 569 tumours, 30 measurements, malignant or benign (UCI, Wolberg et al. 1995);
    `wine`: 178 wines, 13 measurements, three cultivars (UCI, Forina); `iris`: 150 flowers, 4
    measurements, three species (Fisher 1936).
    """

    name: ClassVar[str] = "sklearn-table"

    dataset: Literal["breast-cancer", "wine", "iris"] = "breast-cancer"
    """Which table."""

    def known_modality(self) -> str:
        """Return `table`."""
        return "table"

    def load(self) -> Dataset:
        """Read all rows, in scikit-learn's order."""
        from sklearn import datasets

        load = {
            "breast-cancer": datasets.load_breast_cancer,
            "wine": datasets.load_wine,
            "iris": datasets.load_iris,
        }[self.dataset]
        table = load()
        values = np.ascontiguousarray(table.data, dtype=np.float64)
        spec = SampleSpec(
            modality="table",
            shape=(values.shape[1],),
            class_names=tuple(map(str, table.target_names)),
            columns=tuple(Column(name=str(name), type="numeric") for name in table.feature_names),
            details={"label": "class", "origin": f"scikit-learn {load.__name__}"},
        )
        samples = Samples(values, table.target.astype(np.int64))
        return Dataset(spec, samples, origins=row_origins(load.__name__, len(values)))
