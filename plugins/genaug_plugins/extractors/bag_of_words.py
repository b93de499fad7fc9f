"""Features of texts: word counts, hashed into a fixed number of columns."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug.contracts import Embedder, Extractor
from genaug.data import SampleSpec
from genaug.data.samples import FloatArray


class BagOfWordsEmbedder(Embedder):
    """Count hashed words with scikit-learn's HashingVectorizer, at unit length."""

    batch_size = 256

    def __init__(self, dimensions: int, ngrams: int) -> None:
        from sklearn.feature_extraction.text import HashingVectorizer

        self._count = HashingVectorizer(n_features=dimensions, ngram_range=(1, ngrams), norm="l2")
        self.record = {
            "model": "hashed bag of words (scikit-learn HashingVectorizer)",
            "dimensions": str(dimensions),
            "ngrams": str(ngrams),
            "normalization": "signed counts at unit length; no weights by document frequency",
            "precision": "float32",
        }

    def embed(self, values: NDArray[Any]) -> FloatArray:
        """Return ``[batch_size, dimensions]``."""
        features: FloatArray = self._count.transform(values.tolist()).toarray().astype(np.float32)
        return features


class BagOfWordsExtractor(Extractor):
    """Compare texts by the words they share.

    Words (of two letters or more, in lower case) are hashed into `dimensions` columns with a sign, so that
    collisions cancel on average (Weinberger et al. 2009, arXiv 0902.2206). It needs no training and no
    weights; it does not recognise synonyms, and word order only within `ngrams`.
    """

    name: ClassVar[str] = "bag-of-words"
    modalities: ClassVar[frozenset[str]] = frozenset({"text"})

    dimensions: int = Field(default=1024, ge=16, le=2**20)
    """Number of columns of the features."""
    ngrams: int = Field(default=1, ge=1, le=4)
    """Maximum length of the word sequences that are counted."""

    def load(self, spec: SampleSpec, device: str) -> BagOfWordsEmbedder:
        """Return the embedder; the device is not used.

        Raises:
            DataError: if the samples are not texts.
        """
        self.check_usable(spec)
        return BagOfWordsEmbedder(self.dimensions, self.ngrams)
