"""The built-in preset: what is used where a user names nothing."""

from pathlib import Path

from genaug.components.preset import Preset, Starter

PRESET = Preset(
    extractor={"use": "efficientnet-lite0"},
    extractors={
        "table": {"use": "columns"},
        "text": {"use": "bag-of-words"},
        "signal": {"use": "standardized"},
        "vector": {"use": "standardized"},
    },
    task={"use": "classification"},
    hooks=({"use": "progress"}, {"use": "event-log"}),
    folder_source="image-folder",
    file_sources={".npz": "arrays"},
    memory_source="in-memory",
    page={"use": "html-report"},
    verdict="downstream",
    new_plugin=Path(__file__).with_name("new_plugin"),
    starter=Starter(
        templates={
            modality: Path(__file__).with_name("starter") / f"{modality}.yaml.j2"
            for modality in ("image", "table", "text", "signal", "vector")
        },
    ),
)
