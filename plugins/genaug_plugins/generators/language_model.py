"""A causal language model that writes texts, and rows of tables as sentences."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, Field, model_validator

from genaug import Context, Generator
from genaug.components.prerequisites import Package, Prerequisite
from genaug.data import DataFacts, SampleSpec, TrainView
from genaug.errors import DataError
from genaug.settings import Settings
from genaug.training.config import TrainingConfig

if TYPE_CHECKING:
    from genaug_plugins.generators.language_model_sampler import LanguageSampler

SCRATCH = "scratch"
RATES = {"full": 5e-5, "lora": 2e-4, "none": 1e-3}
"""Default learning rates for pretrained models, by what is learned."""


class LanguageOptions(Settings):
    """Options of requests to a language model."""

    temperature: float | None = Field(default=None, gt=0, le=10)
    """Divisor of the logits; None: as the generator's settings say."""
    top_p: float | None = Field(default=None, gt=0, le=1)
    """Probability of the tokens that are drawn from; None: as the generator's settings say."""


class LanguageModelGenerator(TrainingConfig, Generator):
    """Train or prompt a causal language model (GPT): for texts, and for tables whose rows are sentences.

    A text follows the name of its class, and a token of its own ends it. Empty texts, copies of training
    texts, and texts that were drawn already for the same request are drawn again, at most `attempts` times.

    A row is a sentence ``column is value, …`` whose columns come in random order, after GReaT (Borisov et al.
    2023, arXiv 2210.06280). Categories are only those that the training rows have; numbers have the decimals
    of the column, at most 6 significant digits, and are within the bounds of its training values.

    Each sample has a random generator of its own, so the batch size does not change what is drawn, except
    where rounding decides.
    """

    name: ClassVar[str] = "language-model"
    given_capabilities: ClassVar[frozenset[str]] = frozenset({"class-conditional"})
    given_options: ClassVar[type[BaseModel] | None] = LanguageOptions

    steps: int = Field(default=1000, ge=1)
    """Updates of the weights."""
    batch_size: int = Field(default=16, ge=1)
    """Samples of a batch, of all processes together, drawn with replacement; may be larger than the data."""
    model: str = Field(default=SCRATCH, min_length=1)
    """`scratch`: a small GPT-2 with random weights. Otherwise a pretrained model: a folder that transformers'
    `save_pretrained` wrote, a GGUF file, or `gemma3-270m`, which the packages of the extra `gemma` ship."""
    learn: Literal["full", "lora", "none"] | None = None
    """What is learned: all weights; low-rank changes of them (Hu et al. 2021, arXiv 2106.09685); or
    nothing: then texts are made from a prompt with training texts in it. None: `full` from scratch, else
    `none` for texts and `lora` for tables."""
    vocabulary: int = Field(default=512, ge=256, le=65536)
    """From scratch, for texts: maximum number of tokens of the vocabulary, byte pairs of the training texts;
    256 are the bytes alone."""
    width: int = Field(default=128, ge=4)
    """From scratch: length of the network's vectors, a multiple of `heads`."""
    layers: int = Field(default=3, ge=1)
    """From scratch: number of layers."""
    heads: int = Field(default=4, ge=1)
    """From scratch: number of attention heads."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """From scratch: share of activations that are dropped in training."""
    rank: int = Field(default=8, ge=1)
    """With `lora`: rank of the changes."""
    alpha: float = Field(default=16.0, gt=0)
    """With `lora`: the changes are multiplied by alpha / rank."""
    max_tokens: int = Field(default=256, ge=2)
    """Maximum number of tokens of a text; the rest of longer ones is not learned."""
    prompt: str = "Different texts of the kind {class}, one in each line:"
    """With `none`: the first line of the prompt; {class} stands for the name of the class."""
    shots: int = Field(default=8, ge=1)
    """With `none`: number of training texts of the class in a prompt, drawn anew for each sample."""
    decoding: Literal["guided", "free"] = "guided"
    """For tables. `guided`: the network chooses values, and the rest of a sentence is given, so each row is
    valid. `free`, as in GReaT: it writes all; invalid rows are drawn again, at last guided."""
    temperature: float = Field(default=1.0, gt=0, le=10)
    """Divisor of the logits; lower values give likelier and less varied samples."""
    top_p: float | None = Field(default=None, gt=0, le=1)
    """Each token is drawn from the smallest set of the likeliest ones with this probability. None: 1 for
    tables, whose rare values would be lost otherwise, 0.95 for texts."""
    attempts: int = Field(default=10, ge=1)
    """Maximum number of draws of a sample."""
    sample_batch_size: int = Field(default=32, ge=1)
    """Samples that are drawn at once; it does not change them."""

    @model_validator(mode="before")
    @classmethod
    def _rates_of_what_is_learned(cls, given: Any) -> Any:
        pretrained = isinstance(given, dict) and given.get("model", SCRATCH) != SCRATCH
        if pretrained and "learning_rate" not in given and given.get("learn") in (None, *RATES):
            return {**given, "learning_rate": RATES[given.get("learn") or "lora"]}
        return given

    @model_validator(mode="after")
    def _goes_together(self) -> LanguageModelGenerator:
        if self.model == SCRATCH and self.learn in ("lora", "none"):
            raise ValueError(
                f"learn: {self.learn} needs a pretrained model: set `model` to a folder, a GGUF file or "
                "gemma3-270m"
            )
        if self.width % self.heads:
            raise ValueError(f"width ({self.width}) must be a multiple of heads ({self.heads})")
        return self

    def learned(self, modality: str) -> str:
        """Return what is learned on samples of a modality: `full`, `lora` or `none`."""
        if self.learn is not None:
            return self.learn
        if self.model == SCRATCH:
            return "full"
        return "none" if modality == "text" else "lora"

    def prerequisites(self) -> tuple[Prerequisite, ...]:
        """Return the packages that the settings need."""
        needed = [Package("transformers", "genaug[language]")]
        if self.learn == "lora":
            needed.append(Package("peft", "genaug[language]"))
        return tuple(needed)

    def reads(self) -> tuple[Path, ...]:
        """Return the files of the pretrained model."""
        from genaug_plugins.language.loading import model_files

        return () if self.model == SCRATCH else model_files(self.model)

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are neither texts nor rows, and where the model is missing."""
        if spec.modality not in ("text", "table"):
            raise DataError(
                f"the generator {self.name!r} makes texts and rows of tables, not {spec.modality} samples"
            )
        learned = self.learned(spec.modality)
        if learned == "none" and spec.modality == "table":
            raise DataError(
                f"the generator {self.name!r} makes rows of tables only when it has learned them: set "
                "`learn` to lora or full"
            )
        if learned == "lora":
            Package("peft", "genaug[language]").check(f"generator {self.name!r}")
        if self.model != SCRATCH:
            from genaug_plugins.language.loading import check_model

            check_model(self.model, f"generator {self.name!r}")

    def check_data(self, facts: DataFacts) -> tuple[str, ...]:
        """Raise an error where there are no training samples."""
        if not facts.train.sum():
            raise DataError(f"{self.name} needs at least one training sample: ask for more in `split`")
        return ()

    def fit(self, train: TrainView, context: Context) -> LanguageSampler:
        """Train the network, or read the training texts for prompts.

        An interrupted fit resumes from its checkpoint, bitwise the same on the CPU.

        Raises:
            DataError: if there are no training samples, or they are neither texts nor rows.
            TrainingDiverged: if it diverged before its first checkpoint.
        """
        from genaug_plugins.generators.language_model_fit import fit

        self.check_usable(train.spec)
        if not len(train.samples):
            raise DataError(f"{self.name} needs at least one training sample")
        return fit(self, train, context)

    def load(self, folder: Path, context: Context) -> LanguageSampler:
        """Return a saved sampler, on the context's device."""
        from genaug_plugins.generators.language_model_fit import load

        return load(self, folder, context)
