"""An extractor of texts in a few lines: how often each letter occurs."""

import string

import numpy as np

from genaug.contracts import Embedder, Extractor


class LettersExtractor(Extractor):
    """Compare texts by their shares of letters."""

    name = "letters"
    modalities = frozenset({"text"})

    def load(self, spec, device):
        """Return what needs no loading."""
        self.check_usable(spec)
        return LettersEmbedder()


class LettersEmbedder(Embedder):
    """Count letters, float32 ``[batch_size, 26]``."""

    record = {"model": "shares of letters"}
    batch_size = 32

    def embed(self, values):
        """Return each text's counts over its length."""
        counts = [[text.lower().count(letter) for letter in string.ascii_lowercase] for text in values]
        lengths = np.array([[max(1, len(text))] for text in values])
        return (np.array(counts) / lengths).astype(np.float32)
