"""The image formats that can be read, and the known ones that cannot."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec

_WITHOUT_DECODER = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}
"""Formats that Pillow recognises but needs other programs to read."""

_OPENED_AS_ANOTHER = {"MPO": "JPEG"}
"""Formats that Pillow opens through the reader of another."""

_CONVERT = "convert it to PNG or TIFF"
_RAW = f"it is a raw photo: {_CONVERT}, e.g. with `pip install rawpy` or darktable"
_NEEDS = {
    **dict.fromkeys((".heic", ".heif", ".hif"), "it is HEIC: `pip install pillow-heif`"),
    ".jxl": "it is JPEG XL: `pip install pillow-jxl-plugin`",
    **dict.fromkeys((".avif", ".avifs"), "it is AVIF: `pip install pillow-avif-plugin`, or a newer pillow"),
    **dict.fromkeys((".svg", ".svgz", ".eps", ".ps", ".ai", ".wmf", ".emf"), f"it is a drawing: {_CONVERT}"),
    ".pdf": "it is a PDF: convert its pages to PNG",
    **dict.fromkeys((".dcm", ".dicom"), f"it is DICOM: {_CONVERT}, e.g. with `pip install pydicom`"),
    **dict.fromkeys((".nii", ".mha", ".mhd"), "it is a medical volume: cut it into PNG or TIFF slices"),
    **dict.fromkeys((".exr", ".hdr"), f"it is a high-range image: {_CONVERT} of 32-bit floats"),
    **dict.fromkeys((".xcf", ".kra"), f"it is a project of a paint program: {_CONVERT}"),
    **dict.fromkeys(
        (
            ".arw",
            ".cr2",
            ".cr3",
            ".crw",
            ".dng",
            ".nef",
            ".nrw",
            ".orf",
            ".pef",
            ".raf",
            ".raw",
            ".rw2",
            ".srw",
        ),
        _RAW,
    ),
}


@cache
def formats() -> tuple[str, ...]:
    """Return the names of the formats that can be read."""
    from PIL import Image

    Image.init()
    if find_spec("pillow_heif"):
        import_module("pillow_heif").register_heif_opener()
    if find_spec("pillow_jxl"):
        import_module("pillow_jxl")  # it registers itself
    return tuple(sorted(Image.OPEN.keys() - _WITHOUT_DECODER))


@cache
def suffixes() -> frozenset[str]:
    """Return the lower-case suffixes of files that can be read, with the dot."""
    from PIL import Image

    readable = set(formats())
    return frozenset(
        suffix
        for suffix, name in Image.registered_extensions().items()
        if _OPENED_AS_ANOTHER.get(name, name) in readable
    )


@cache
def without_decoder() -> dict[str, str]:
    """Return what to do about each suffix of a known image format that cannot be read here."""
    return {suffix: advice for suffix, advice in _NEEDS.items() if suffix not in suffixes()}


@cache
def image_suffixes() -> frozenset[str]:
    """Return the suffixes of all known image formats, those that cannot be read here among them."""
    return suffixes() | without_decoder().keys()
