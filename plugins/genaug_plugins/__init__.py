"""The built-ins of genaug: one plugin package among others, one component a module.

Each component can be imported from here; its module is loaded when it is first used::

    from genaug_plugins import GanGenerator, TopKSelector
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genaug_plugins.architectures.conv1d import Conv1dArchitecture as Conv1dArchitecture
    from genaug_plugins.architectures.dcgan import DcganArchitecture as DcganArchitecture
    from genaug_plugins.architectures.fastgan import FastganArchitecture as FastganArchitecture
    from genaug_plugins.architectures.mlp import MlpArchitecture as MlpArchitecture
    from genaug_plugins.architectures.resnet import ResnetArchitecture as ResnetArchitecture
    from genaug_plugins.architectures.stylegan2 import Stylegan2Architecture as Stylegan2Architecture
    from genaug_plugins.exporters.croissant import CroissantExporter as CroissantExporter
    from genaug_plugins.exporters.html_report import HtmlReportExporter as HtmlReportExporter
    from genaug_plugins.exporters.hugging_face import HuggingFaceExporter as HuggingFaceExporter
    from genaug_plugins.exporters.image_folder import ImageFolderExporter as ImageFolderExporter
    from genaug_plugins.exporters.signal_file import SignalFileExporter as SignalFileExporter
    from genaug_plugins.exporters.table_file import TableFileExporter as TableFileExporter
    from genaug_plugins.exporters.text_file import TextFileExporter as TextFileExporter
    from genaug_plugins.exporters.text_folder import TextFolderExporter as TextFolderExporter
    from genaug_plugins.exporters.webdataset import WebdatasetExporter as WebdatasetExporter
    from genaug_plugins.extractors.bag_of_words import BagOfWordsExtractor as BagOfWordsExtractor
    from genaug_plugins.extractors.clip import ClipExtractor as ClipExtractor
    from genaug_plugins.extractors.columns import ColumnsExtractor as ColumnsExtractor
    from genaug_plugins.extractors.concept import ConceptExtractor as ConceptExtractor
    from genaug_plugins.extractors.efficientnet_lite0 import (
        EfficientNetLite0Extractor as EfficientNetLite0Extractor,
    )
    from genaug_plugins.extractors.inception import InceptionExtractor as InceptionExtractor
    from genaug_plugins.extractors.minirocket import MinirocketExtractor as MinirocketExtractor
    from genaug_plugins.extractors.pixels import PixelsExtractor as PixelsExtractor
    from genaug_plugins.extractors.standardized import StandardizedExtractor as StandardizedExtractor
    from genaug_plugins.extractors.task import TaskExtractor as TaskExtractor
    from genaug_plugins.extractors.timm import TimmExtractor as TimmExtractor
    from genaug_plugins.generators.calibrated import CalibratedGenerator as CalibratedGenerator
    from genaug_plugins.generators.diffusion.diffusion import DiffusionGenerator as DiffusionGenerator
    from genaug_plugins.generators.dtw_barycenter import DtwBarycenterGenerator as DtwBarycenterGenerator
    from genaug_plugins.generators.foreign_gan import ForeignGanGenerator as ForeignGanGenerator
    from genaug_plugins.generators.forest_flow import ForestFlowGenerator as ForestFlowGenerator
    from genaug_plugins.generators.gan import GanGenerator as GanGenerator
    from genaug_plugins.generators.gaussian import GaussianGenerator as GaussianGenerator
    from genaug_plugins.generators.gaussian_copula import GaussianCopulaGenerator as GaussianCopulaGenerator
    from genaug_plugins.generators.interpolation import InterpolationGenerator as InterpolationGenerator
    from genaug_plugins.generators.jitter import JitterGenerator as JitterGenerator
    from genaug_plugins.generators.kde import KdeGenerator as KdeGenerator
    from genaug_plugins.generators.language_model import (
        LanguageModelGenerator as LanguageModelGenerator,
    )
    from genaug_plugins.generators.markov import MarkovGenerator as MarkovGenerator
    from genaug_plugins.generators.pretrained import PretrainedGenerator as PretrainedGenerator
    from genaug_plugins.generators.ready_made import ReadyMadeGenerator as ReadyMadeGenerator
    from genaug_plugins.generators.remix import RemixGenerator as RemixGenerator
    from genaug_plugins.generators.smote import SmoteGenerator as SmoteGenerator
    from genaug_plugins.generators.style_transfer import (
        StyleTransferGenerator as StyleTransferGenerator,
    )
    from genaug_plugins.generators.vae.vae import VaeGenerator as VaeGenerator
    from genaug_plugins.hooks.event_log import EventLogHook as EventLogHook
    from genaug_plugins.hooks.mlflow import MlflowHook as MlflowHook
    from genaug_plugins.hooks.monitor import MonitorHook as MonitorHook
    from genaug_plugins.hooks.progress import ProgressHook as ProgressHook
    from genaug_plugins.hooks.sample_grid import SampleGridHook as SampleGridHook
    from genaug_plugins.hooks.tensorboard import TensorboardHook as TensorboardHook
    from genaug_plugins.models.auto import AutoModel as AutoModel
    from genaug_plugins.models.gradient_boosting import GradientBoostingModel as GradientBoostingModel
    from genaug_plugins.models.logistic_regression import LogisticRegressionModel as LogisticRegressionModel
    from genaug_plugins.models.ridge import RidgeModel as RidgeModel
    from genaug_plugins.models.small_cnn import SmallCnnModel as SmallCnnModel
    from genaug_plugins.models.timm import TimmModel as TimmModel
    from genaug_plugins.regularizers.ada import AdaRegularizer as AdaRegularizer
    from genaug_plugins.regularizers.consistency import ConsistencyRegularizer as ConsistencyRegularizer
    from genaug_plugins.regularizers.diffaugment import DiffaugmentRegularizer as DiffaugmentRegularizer
    from genaug_plugins.regularizers.diffusion_noise import (
        DiffusionNoiseRegularizer as DiffusionNoiseRegularizer,
    )
    from genaug_plugins.regularizers.diggan import DigganRegularizer as DigganRegularizer
    from genaug_plugins.regularizers.gradient_penalty import (
        GradientPenaltyRegularizer as GradientPenaltyRegularizer,
    )
    from genaug_plugins.regularizers.invertible import InvertibleRegularizer as InvertibleRegularizer
    from genaug_plugins.regularizers.lecam import LecamRegularizer as LecamRegularizer
    from genaug_plugins.regularizers.ms3d import Ms3dRegularizer as Ms3dRegularizer
    from genaug_plugins.regularizers.r1 import R1Regularizer as R1Regularizer
    from genaug_plugins.regularizers.r2 import R2Regularizer as R2Regularizer
    from genaug_plugins.regularizers.scaling import ScalingRegularizer as ScalingRegularizer
    from genaug_plugins.regularizers.variance import VarianceRegularizer as VarianceRegularizer
    from genaug_plugins.selectors.clip import ClipSelector as ClipSelector
    from genaug_plugins.selectors.cluster import ClusterSelector as ClusterSelector
    from genaug_plugins.selectors.confidence import ConfidenceSelector as ConfidenceSelector
    from genaug_plugins.selectors.coreset import CoresetSelector as CoresetSelector
    from genaug_plugins.selectors.density import DensitySelector as DensitySelector
    from genaug_plugins.selectors.discriminator import DiscriminatorSelector as DiscriminatorSelector
    from genaug_plugins.selectors.entropy import EntropySelector as EntropySelector
    from genaug_plugins.selectors.near_copy import NearCopySelector as NearCopySelector
    from genaug_plugins.selectors.random import RandomSelector as RandomSelector
    from genaug_plugins.selectors.realism import RealismSelector as RealismSelector
    from genaug_plugins.selectors.share import ShareSelector as ShareSelector
    from genaug_plugins.selectors.tags import TagsSelector as TagsSelector
    from genaug_plugins.selectors.threshold import ThresholdSelector as ThresholdSelector
    from genaug_plugins.selectors.top_k import TopKSelector as TopKSelector
    from genaug_plugins.sources.arrays import ArraysSource as ArraysSource
    from genaug_plugins.sources.docstrings import DocstringsSource as DocstringsSource
    from genaug_plugins.sources.elpv import ElpvSource as ElpvSource
    from genaug_plugins.sources.fashion_mnist import FashionMnistSource as FashionMnistSource
    from genaug_plugins.sources.features import FeaturesSource as FeaturesSource
    from genaug_plugins.sources.gaussian_mixture import GaussianMixtureSource as GaussianMixtureSource
    from genaug_plugins.sources.huggingface_dataset import (
        HuggingfaceDatasetSource as HuggingfaceDatasetSource,
    )
    from genaug_plugins.sources.image_folder import ImageFolderSource as ImageFolderSource
    from genaug_plugins.sources.image_list import ImageListSource as ImageListSource
    from genaug_plugins.sources.in_memory import InMemorySource as InMemorySource
    from genaug_plugins.sources.object_crops import ObjectCropsSource as ObjectCropsSource
    from genaug_plugins.sources.signal_file import SignalFileSource as SignalFileSource
    from genaug_plugins.sources.sklearn_digits import SklearnDigitsSource as SklearnDigitsSource
    from genaug_plugins.sources.sklearn_table import SklearnTableSource as SklearnTableSource
    from genaug_plugins.sources.table_file import TableFileSource as TableFileSource
    from genaug_plugins.sources.text_file import TextFileSource as TextFileSource
    from genaug_plugins.sources.text_folder import TextFolderSource as TextFolderSource
    from genaug_plugins.sources.wav_folder import WavFolderSource as WavFolderSource
    from genaug_plugins.sources.webdataset import WebdatasetSource as WebdatasetSource
    from genaug_plugins.strategies.all_available import AllAvailableStrategy as AllAvailableStrategy
    from genaug_plugins.strategies.class_balance import ClassBalanceStrategy as ClassBalanceStrategy
    from genaug_plugins.strategies.hard_classes import HardClassesStrategy as HardClassesStrategy
    from genaug_plugins.strategies.image_to_image import ImageToImageStrategy as ImageToImageStrategy
    from genaug_plugins.strategies.inpaint import InpaintStrategy as InpaintStrategy
    from genaug_plugins.strategies.inter_class import InterClassStrategy as InterClassStrategy
    from genaug_plugins.strategies.latent_interpolation import (
        LatentInterpolationStrategy as LatentInterpolationStrategy,
    )
    from genaug_plugins.strategies.latent_neighbourhood import (
        LatentNeighbourhoodStrategy as LatentNeighbourhoodStrategy,
    )
    from genaug_plugins.strategies.prompts import PromptsStrategy as PromptsStrategy
    from genaug_plugins.strategies.quota_until import QuotaUntilStrategy as QuotaUntilStrategy
    from genaug_plugins.strategies.truncation import TruncationStrategy as TruncationStrategy
    from genaug_plugins.tasks.classification import ClassificationTask as ClassificationTask
    from genaug_plugins.validators.decomposition import DecompositionValidator as DecompositionValidator
    from genaug_plugins.validators.downstream.downstream import DownstreamValidator as DownstreamValidator
    from genaug_plugins.validators.effective_size.effective_size import (
        EffectiveSizeValidator as EffectiveSizeValidator,
    )
    from genaug_plugins.validators.fidelity import FidelityValidator as FidelityValidator
    from genaug_plugins.validators.leakage import LeakageValidator as LeakageValidator
    from genaug_plugins.validators.memorization import MemorizationValidator as MemorizationValidator
    from genaug_plugins.validators.stability_bound.stability_bound import (
        StabilityBoundValidator as StabilityBoundValidator,
    )

_MODULES = {
    "Conv1dArchitecture": "architectures.conv1d",
    "DcganArchitecture": "architectures.dcgan",
    "FastganArchitecture": "architectures.fastgan",
    "MlpArchitecture": "architectures.mlp",
    "ResnetArchitecture": "architectures.resnet",
    "Stylegan2Architecture": "architectures.stylegan2",
    "CroissantExporter": "exporters.croissant",
    "HtmlReportExporter": "exporters.html_report",
    "HuggingFaceExporter": "exporters.hugging_face",
    "ImageFolderExporter": "exporters.image_folder",
    "SignalFileExporter": "exporters.signal_file",
    "TableFileExporter": "exporters.table_file",
    "TextFileExporter": "exporters.text_file",
    "TextFolderExporter": "exporters.text_folder",
    "WebdatasetExporter": "exporters.webdataset",
    "BagOfWordsExtractor": "extractors.bag_of_words",
    "ClipExtractor": "extractors.clip",
    "ColumnsExtractor": "extractors.columns",
    "ConceptExtractor": "extractors.concept",
    "EfficientNetLite0Extractor": "extractors.efficientnet_lite0",
    "InceptionExtractor": "extractors.inception",
    "MinirocketExtractor": "extractors.minirocket",
    "PixelsExtractor": "extractors.pixels",
    "StandardizedExtractor": "extractors.standardized",
    "TaskExtractor": "extractors.task",
    "TimmExtractor": "extractors.timm",
    "CalibratedGenerator": "generators.calibrated",
    "InterpolationGenerator": "generators.interpolation",
    "JitterGenerator": "generators.jitter",
    "KdeGenerator": "generators.kde",
    "PretrainedGenerator": "generators.pretrained",
    "PromptsStrategy": "strategies.prompts",
    "ReadyMadeGenerator": "generators.ready_made",
    "RemixGenerator": "generators.remix",
    "StyleTransferGenerator": "generators.style_transfer",
    "SmoteGenerator": "generators.smote",
    "DiffusionGenerator": "generators.diffusion.diffusion",
    "DtwBarycenterGenerator": "generators.dtw_barycenter",
    "ForeignGanGenerator": "generators.foreign_gan",
    "ForestFlowGenerator": "generators.forest_flow",
    "GanGenerator": "generators.gan",
    "GaussianGenerator": "generators.gaussian",
    "GaussianCopulaGenerator": "generators.gaussian_copula",
    "MarkovGenerator": "generators.markov",
    "VaeGenerator": "generators.vae.vae",
    "LanguageModelGenerator": "generators.language_model",
    "EventLogHook": "hooks.event_log",
    "MlflowHook": "hooks.mlflow",
    "MonitorHook": "hooks.monitor",
    "ProgressHook": "hooks.progress",
    "SampleGridHook": "hooks.sample_grid",
    "TensorboardHook": "hooks.tensorboard",
    "AutoModel": "models.auto",
    "GradientBoostingModel": "models.gradient_boosting",
    "LogisticRegressionModel": "models.logistic_regression",
    "RidgeModel": "models.ridge",
    "SmallCnnModel": "models.small_cnn",
    "TimmModel": "models.timm",
    "AdaRegularizer": "regularizers.ada",
    "ConsistencyRegularizer": "regularizers.consistency",
    "DiffaugmentRegularizer": "regularizers.diffaugment",
    "DiffusionNoiseRegularizer": "regularizers.diffusion_noise",
    "DigganRegularizer": "regularizers.diggan",
    "GradientPenaltyRegularizer": "regularizers.gradient_penalty",
    "InvertibleRegularizer": "regularizers.invertible",
    "LecamRegularizer": "regularizers.lecam",
    "Ms3dRegularizer": "regularizers.ms3d",
    "R1Regularizer": "regularizers.r1",
    "R2Regularizer": "regularizers.r2",
    "ScalingRegularizer": "regularizers.scaling",
    "VarianceRegularizer": "regularizers.variance",
    "ClipSelector": "selectors.clip",
    "ClusterSelector": "selectors.cluster",
    "ConfidenceSelector": "selectors.confidence",
    "CoresetSelector": "selectors.coreset",
    "DensitySelector": "selectors.density",
    "DiscriminatorSelector": "selectors.discriminator",
    "EntropySelector": "selectors.entropy",
    "NearCopySelector": "selectors.near_copy",
    "RandomSelector": "selectors.random",
    "RealismSelector": "selectors.realism",
    "ShareSelector": "selectors.share",
    "TagsSelector": "selectors.tags",
    "ThresholdSelector": "selectors.threshold",
    "TopKSelector": "selectors.top_k",
    "ArraysSource": "sources.arrays",
    "DocstringsSource": "sources.docstrings",
    "ElpvSource": "sources.elpv",
    "FashionMnistSource": "sources.fashion_mnist",
    "FeaturesSource": "sources.features",
    "GaussianMixtureSource": "sources.gaussian_mixture",
    "HuggingfaceDatasetSource": "sources.huggingface_dataset",
    "ImageFolderSource": "sources.image_folder",
    "ImageListSource": "sources.image_list",
    "InMemorySource": "sources.in_memory",
    "ObjectCropsSource": "sources.object_crops",
    "SignalFileSource": "sources.signal_file",
    "SklearnDigitsSource": "sources.sklearn_digits",
    "SklearnTableSource": "sources.sklearn_table",
    "TableFileSource": "sources.table_file",
    "TextFileSource": "sources.text_file",
    "TextFolderSource": "sources.text_folder",
    "WavFolderSource": "sources.wav_folder",
    "WebdatasetSource": "sources.webdataset",
    "AllAvailableStrategy": "strategies.all_available",
    "ClassBalanceStrategy": "strategies.class_balance",
    "ImageToImageStrategy": "strategies.image_to_image",
    "InpaintStrategy": "strategies.inpaint",
    "LatentInterpolationStrategy": "strategies.latent_interpolation",
    "LatentNeighbourhoodStrategy": "strategies.latent_neighbourhood",
    "TruncationStrategy": "strategies.truncation",
    "HardClassesStrategy": "strategies.hard_classes",
    "InterClassStrategy": "strategies.inter_class",
    "QuotaUntilStrategy": "strategies.quota_until",
    "ClassificationTask": "tasks.classification",
    "DecompositionValidator": "validators.decomposition",
    "DownstreamValidator": "validators.downstream.downstream",
    "EffectiveSizeValidator": "validators.effective_size.effective_size",
    "FidelityValidator": "validators.fidelity",
    "LeakageValidator": "validators.leakage",
    "MemorizationValidator": "validators.memorization",
    "StabilityBoundValidator": "validators.stability_bound.stability_bound",
}
"""The module of each component, in this package."""

__all__ = sorted(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"genaug_plugins has no {name!r}; its components are {', '.join(__all__)}")
    return getattr(importlib.import_module(f"genaug_plugins.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
