"""Copies of exports: links to the user's files are kept, and nothing else leads back to the store."""

import os
from pathlib import Path

from genaug.execution.publishing import copy_export


def test_links_are_kept_and_files_of_the_artifact_are_not_shared(tmp_path: Path) -> None:
    own, artifact, target = tmp_path / "photo.jpg", tmp_path / "artifact", tmp_path / "out" / "export"
    own.write_text("photo")
    for folder in ("real", "all", "empty"):
        (artifact / folder).mkdir(parents=True)
    for name in ("artifact.json", "real/made.png"):
        (artifact / name).write_text(name)
    os.link(own, artifact / "real" / "photo.jpg")
    os.link(own, artifact / "all" / "photo.jpg")
    os.link(artifact / "real" / "made.png", artifact / "all" / "made.png")
    for _ in range(2):  # the second copy replaces the first
        copy_export(artifact, target)
        assert not (target / "artifact.json").exists()
        assert (target / "empty").is_dir()
        assert (target / "all" / "photo.jpg").samefile(own)
        assert (target / "real" / "photo.jpg").samefile(own)
        assert (target / "all" / "made.png").samefile(target / "real" / "made.png")
        assert not (target / "all" / "made.png").samefile(artifact / "all" / "made.png")
        assert sorted(path.name for path in target.parent.iterdir()) == ["export"]
