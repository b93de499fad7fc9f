"""The nodes of a Croissant description: files with their hashes, record sets, fields."""

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

from genaug.contracts import Evidence
from genaug.data.encoding import column_name
from genaug_plugins.exporters.rows import MEANINGS, has_soft_labels, scores_of
from genaug_plugins.exporters.table import TEXTS

Node = dict[str, Any]

CONFORMS_TO = "http://mlcommons.org/croissant/1.1"

CONTEXT: Node = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The complete context of version 1.1 of the format: readers warn about a shorter one."""

_MEANINGS = {
    "image": "the sample, a PNG image",
    "values": "the sample, a flat list of numbers",
    "text": "the sample",
    **MEANINGS,
    "dropped_by": "the selector that dropped it; empty, as it was kept",
    "reason": "why it was dropped; empty, as it was kept",
}
_TYPES = {
    "image": "sc:ImageObject",
    "values": "cr:Float32",
    "label": "cr:Int64",
    "synthetic": "sc:Boolean",
    "seed": "cr:Int64",
    "soft_label": "cr:Float64",
    "position": "cr:Int64",
}
"""Data types of the columns that are not text."""


def file_object(path: Path, folder: Path) -> Node:
    """Describe a parquet file, with its hash.

    Args:
        path: the file, in `folder` or below.
        folder: that the description is written to.
    """
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "@type": "cr:FileObject",
        "@id": path.name,
        "name": path.name,
        "contentUrl": path.relative_to(folder).as_posix(),
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": sha256,
    }


def classes(evidence: Evidence) -> Node:
    """Describe the classes; their names are written into the description itself."""
    names = enumerate(evidence.spec.class_names)
    return {
        "@type": "cr:RecordSet",
        "@id": "classes",
        "name": "classes",
        "description": "The names of the labels.",
        "dataType": "sc:Enumeration",
        "key": {"@id": "classes/label"},
        "field": [
            {"@type": "cr:Field", "@id": "classes/label", "name": "label", "dataType": "cr:Int64"},
            {"@type": "cr:Field", "@id": "classes/name", "name": "name", "dataType": "sc:Text"},
        ],
        "data": [{"classes/label": label, "classes/name": name} for label, name in names],
    }


def record_set(part: str, file: str, evidence: Evidence) -> Node:
    """Describe the columns of the part ``real`` or ``synthetic`` as records; `file` is its file's id.

    The columns of provenance are left out for real samples, so that no record set has missing values: readers
    that use pandas would convert a 64-bit seed to a float, and lose digits of it.
    """
    shape = " × ".join(map(str, evidence.spec.shape))
    what = "The synthetic samples that the run kept"
    fields = [
        _field(part, file, name)
        for name in (column_name(evidence.spec), "label", "synthetic", "status", "id")
    ]
    if part == "real":
        what = "The real samples of the training view"
    else:
        history = [name for name in TEXTS if name not in ("status", "id")]
        fields += [_field(part, file, name) for name in (*history, "seed", "position", "sources")]
        fields += [_field(part, file, "soft_label")] if has_soft_labels(evidence) else []
        fields += [_score(part, file, name) for name in scores_of(evidence)]
    return {
        "@type": "cr:RecordSet",
        "@id": part,
        "name": part,
        "description": f"{what}: {evidence.spec.modality} samples and shape {shape}.",
        "field": fields,
    }


def _field(part: str, file: str, name: str) -> Node:
    field: Node = {
        "@type": "cr:Field",
        "@id": f"{part}/{name}",
        "name": name,
        "description": f"{_MEANINGS[name][0].upper()}{_MEANINGS[name][1:]}.",
        "dataType": _TYPES.get(name, "sc:Text"),
        "source": {"fileObject": {"@id": file}, "extract": {"column": name}},
    }
    if name == "image":  # the column has the layout of the library `datasets`: bytes, and a path
        field["source"]["transform"] = {"jsonPath": "bytes"}
    if name in ("values", "sources", "soft_label"):  # a list of any length
        field |= {"isArray": True, "arrayShape": "-1"}
    if name == "label":
        field["references"] = {"field": {"@id": "classes/label"}}
    return field


def _score(part: str, file: str, name: str) -> Node:
    quoted = name.replace("\\", "\\\\").replace("'", "\\'")
    return {
        "@type": "cr:Field",
        "@id": f"{part}/scores/{quote(name, safe='')}",
        "name": name,
        "description": "A score that the generator or a selector gave it.",
        "dataType": "cr:Float64",
        "source": {
            "fileObject": {"@id": file},
            "extract": {"column": "scores"},
            "transform": {"jsonPath": f"'{quoted}'"},
        },
    }
