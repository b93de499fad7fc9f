import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from genaug.data.images import from_uint8, to_uint8
from genaug.errors import DataError
from genaug_plugins.sources.image_folder import ImageFolderSource


def save(image: Image.Image, path: Path, **settings: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **settings)


def colour(seed: int, side: int = 8) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes, three colour images."""
    save(colour(0), tmp_path / "dog" / "a.png")
    save(colour(1), tmp_path / "cat" / "b.png")
    save(colour(2), tmp_path / "cat" / "a.png")
    return tmp_path


def pixels(folder: Path, **settings: object) -> np.ndarray:
    return to_uint8(ImageFolderSource(path=folder, **settings).load().samples.values)


def beside_a_dog(folder: Path, image: Image.Image, name: str, **saving: object) -> Path:
    """Save the image as the only cat; sorted, it is read first."""
    save(image, folder / "cat" / name, **saving)
    save(colour(0), folder / "dog" / "a.png")
    return folder


def test_folders_are_classes_and_pixels_survive(folder: Path) -> None:
    dataset = ImageFolderSource(path=folder, size=8).load()
    assert dataset.spec.class_names == ("cat", "dog")
    assert dataset.spec.shape == (3, 8, 8)
    assert dataset.spec.details["mode"] == "rgb"
    assert dataset.origins is not None
    assert dataset.origins.tolist() == ["cat/a.png", "cat/b.png", "dog/a.png"]
    assert dataset.samples.labels.tolist() == [0, 0, 1]
    expected = np.asarray(colour(2)).transpose(2, 0, 1)
    assert (dataset.samples.values[0] == from_uint8(expected)).all()
    assert dataset.problems == ()


def test_everything_below_a_class_folder_is_read_and_hidden_files_are_not(folder: Path) -> None:
    save(colour(3), folder / "cat" / "summer" / "été" / "Ünï.PNG")
    save(colour(4), folder / "cat" / ".thumbs" / "x.png")
    save(colour(5), folder / "cat" / "._a.png")
    save(colour(6), folder / ".cache" / "x.png")
    (folder / "dog" / "notes.txt").write_text("good dog")
    (folder / "README.md").write_text("pets")
    (folder / "bird").mkdir()
    save(colour(7), folder / "loose.png")
    dataset = ImageFolderSource(path=folder, size=8).load()
    assert dataset.origins is not None
    assert dataset.origins.tolist() == ["cat/a.png", "cat/b.png", "cat/summer/été/Ünï.PNG", "dog/a.png"]
    assert dataset.problems == (
        "left out: 1 folder without any image: bird",
        "left out: 1 image outside of the class folders: loose.png",
        "left out: 2 other files: README.md, dog/notes.txt",
    )


def test_links_that_lead_back_are_not_followed_for_ever(folder: Path) -> None:
    (folder / "cat" / "again").symlink_to(folder / "cat")
    (folder / "dog" / "everything").symlink_to(folder)
    outside = folder.parent / f"{folder.name}-birds"
    save(colour(9), outside / "x.png")
    (folder / "bird").symlink_to(outside)
    dataset = ImageFolderSource(path=folder, size=8).load()
    assert dataset.origins is not None
    assert dataset.origins.tolist() == ["bird/x.png", "cat/a.png", "cat/b.png", "dog/a.png"]


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ("1", "x.png"),
        ("L", "x.png"),
        ("LA", "x.png"),
        ("P", "x.gif"),
        ("RGB", "x.bmp"),
        ("RGB", "x.JPG"),
        ("RGB", "x.webp"),
        ("RGBA", "x.png"),
        ("CMYK", "x.jpg"),
        ("CMYK", "x.tiff"),
        ("YCbCr", "x.tif"),
        ("I;16", "x.png"),
        ("I;16", "x.tif"),
    ],
)
def test_every_kind_of_image_is_read(tmp_path: Path, mode: str, name: str) -> None:
    # A black left and a white right half, wider than high: what is read must look the same.
    halves = np.zeros((8, 16), dtype=np.uint8)
    halves[:, 8:] = 255
    if mode == "I;16":
        image = Image.fromarray(halves.astype(np.uint16) * 257)
    else:
        image = Image.fromarray(halves).convert("RGB").convert(mode)
    read = pixels(beside_a_dog(tmp_path, image, name), size=16, mode="rgb")[0].astype(int)
    assert read[:, :, :6].max() <= 8
    assert read[:, :, 10:].min() >= 247


def test_deep_images_are_scaled_and_not_clipped(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 64).round().astype(np.uint16).reshape(8, 8)
    folder = beside_a_dog(tmp_path, Image.fromarray(ramp), "a.png")
    save(Image.fromarray(ramp.astype(np.int32)), folder / "cat" / "b.tif")
    save(Image.fromarray((ramp / 65535).astype(np.float32)), folder / "cat" / "c.tif")
    read = pixels(folder, size=8, mode="gray")[:3, 0]
    assert np.abs(read - ramp / 257).max() <= 0.5
    assert (read[0] == read[1]).all()
    assert (read[0] == read[2]).all()


def test_twelve_bits_want_to_be_told_what_white_is(tmp_path: Path) -> None:
    levels = np.arange(0, 4096, 64, dtype=np.uint16).reshape(8, 8)
    folder = beside_a_dog(tmp_path, Image.fromarray(levels), "a.png")
    read = pixels(folder, size=8, white=4095, mode="gray")[0, 0]
    assert np.abs(read - levels / 4095 * 255).max() <= 0.5
    with pytest.raises(DataError, match=r"cat/a\.png: its levels reach from 0 to 4032, outside of 0 to 1000"):
        pixels(folder, size=8, white=1000)


@pytest.mark.parametrize("levels", [[[0.0, np.nan]], [[-1.0, 1.0]], [[0.0, 255.0]]])
def test_floats_outside_of_zero_to_white_are_refused(tmp_path: Path, levels: list[list[float]]) -> None:
    folder = beside_a_dog(tmp_path, Image.fromarray(np.array(levels, dtype=np.float32)), "a.tif")
    with pytest.raises(DataError, match="set `white`"):
        pixels(folder)


def test_gray_files_stay_gray_whatever_their_mode(tmp_path: Path) -> None:
    gray = np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8)
    save(Image.fromarray(gray), tmp_path / "a" / "x.png")
    save(Image.fromarray(gray).convert("RGB"), tmp_path / "b" / "x.png")
    read = pixels(tmp_path, size=8)
    assert read.shape == (2, 1, 8, 8)
    assert (read == gray).all()
    save(colour(0), tmp_path / "b" / "y.png")
    assert pixels(tmp_path, size=8).shape == (3, 3, 8, 8)


def test_transparency_is_laid_over_the_background_or_kept(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    folder = beside_a_dog(tmp_path, clear, "a.png")
    dataset = ImageFolderSource(path=folder, size=8).load()
    assert (dataset.samples.values[0] == 1.0).all()
    assert dataset.problems == (
        "transparent pixels of 1 image laid over white (mode: rgba keeps them): cat/a.png",
    )
    assert (pixels(folder, size=8, background="#000")[0] == 0).all()
    kept = ImageFolderSource(path=folder, size=8, mode="rgba").load()
    assert (to_uint8(kept.samples.values[0, 3]) == 0).all()
    assert (to_uint8(kept.samples.values[1, 3]) == 255).all()
    assert kept.problems == ()


def test_a_transparent_colour_of_a_palette_is_transparent(tmp_path: Path) -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    folder = beside_a_dog(tmp_path, image, "a.png", transparency=1)
    assert (pixels(folder, size=8)[0] == 255).all()


def test_pictures_stand_upright_as_their_exif_says(tmp_path: Path) -> None:
    image = Image.new("RGB", (16, 16))
    image.paste((255, 255, 255), (0, 0, 16, 8))  # the upper half is white
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90° clockwise: the right half is white
    read = pixels(beside_a_dog(tmp_path, image, "a.jpg", exif=exif), size=16)[0]
    assert read[:, :, 9:].min() > 247
    assert read[:, :, :7].max() < 8


def test_the_first_frame_is_read_and_the_others_are_told_of(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), (level,) * 3) for level in (255, 0)]
    folder = beside_a_dog(tmp_path, frames[0], "a.gif", save_all=True, append_images=frames[1:])
    dataset = ImageFolderSource(path=folder, size=8).load()
    assert (dataset.samples.values[0] == 1.0).all()
    assert dataset.problems == ("only the first frame was read of 1 file with several: cat/a.gif",)


@pytest.mark.parametrize(("fit", "columns"), [("crop", [0, 0, 255, 255]), ("stretch", [0, 128, 128, 255])])
def test_wide_images_become_square(tmp_path: Path, fit: str, columns: list[int]) -> None:
    wide = np.repeat(np.array([[9, 128, 0, 0, 255, 255, 128, 9]], dtype=np.uint8), 4, axis=0)
    if fit == "stretch":
        wide = np.repeat(np.array([[0, 0, 128, 128, 128, 128, 255, 255]], dtype=np.uint8), 4, axis=0)
    folder = beside_a_dog(tmp_path, Image.fromarray(wide), "a.png")
    read = pixels(folder, size=4, fit=fit, resize="box", mode="gray")[0, 0]
    assert (read == columns).all()


def test_padding_keeps_the_whole_picture_in_the_middle(tmp_path: Path) -> None:
    folder = beside_a_dog(tmp_path, Image.new("L", (8, 2), 0), "a.png")
    read = pixels(folder, size=8, fit="pad", background="white", mode="gray")[0, 0]
    assert (read[3:5] == 0).all()
    assert (read[:3] == 255).all()
    assert (read[5:] == 255).all()
    save(Image.new("L", (900, 1), 0), folder / "cat" / "thin.png")
    assert (pixels(folder, size=8, fit="pad", mode="gray")[1, 0] == 0).any(axis=1).sum() == 1


def test_shrinking_is_antialiased(tmp_path: Path) -> None:
    board = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    folder = beside_a_dog(tmp_path, Image.fromarray(board), "a.png")
    source = ImageFolderSource(path=folder, size=8, mode="gray")
    assert np.abs(to_uint8(source.load().samples.values)[0].astype(int) - 128).max() <= 2
    assert source.load().spec.details["resize"] == "lanczos, antialiased (Pillow)"


def truncated(folder: Path) -> Path:
    path = folder / "cat" / "broken.jpg"
    save(colour(0, 64), path)
    path.write_bytes(path.read_bytes()[:700])
    return path


def test_corrupt_files_are_refused_by_name(folder: Path) -> None:
    truncated(folder)
    (folder / "dog" / "empty.png").touch()
    with pytest.raises(DataError) as caught:
        ImageFolderSource(path=folder).load()
    message = str(caught.value)
    assert "2 files" in message
    assert "cat/broken.jpg: OSError: image file is truncated" in message
    assert "dog/empty.png: UnidentifiedImageError" in message
    assert "on_corrupt: skip" in message


def test_corrupt_files_are_skipped_and_recorded_where_that_is_asked(folder: Path) -> None:
    truncated(folder)
    (folder / "dog" / "gone.png").symlink_to(folder / "nowhere.png")
    dataset = ImageFolderSource(path=folder, on_corrupt="skip").load()
    assert len(dataset.samples) == 3
    assert dataset.problems[0].startswith("left out, as it cannot be read: cat/broken.jpg: OSError")
    assert dataset.problems[1].endswith("dog/gone.png: it is a broken link or no regular file")


def test_a_class_is_not_lost_in_silence(folder: Path) -> None:
    (folder / "dog" / "a.png").write_bytes(b"no image")
    with pytest.raises(DataError, match="not one image of dog"):
        ImageFolderSource(path=folder, on_corrupt="skip").load()


def test_a_file_that_unfolds_into_gigabytes_is_not_opened(folder: Path) -> None:
    side = 50_000  # a PNG header that promises 2.5 gigapixels

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    (folder / "dog" / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + body)
    with pytest.raises(DataError, match=r"bomb\.png: it has more than 89,478,485 pixels"):
        ImageFolderSource(path=folder).load()


def test_a_folder_that_is_no_data_set_is_explained(tmp_path: Path) -> None:
    def refused(path: Path) -> str:
        with pytest.raises(DataError) as caught:
            ImageFolderSource(path=path).load()
        with pytest.raises(DataError):
            ImageFolderSource(path=path).state()
        return str(caught.value)

    assert "does not exist" in refused(tmp_path / "missing")
    assert "is empty; it must contain one folder for each class" in refused(tmp_path)
    (tmp_path / "notes.txt").touch()
    assert "is not a folder" in refused(tmp_path / "notes.txt")
    assert "has 1 file but no image" in refused(tmp_path)
    save(colour(0), tmp_path / "a.png")
    assert "found 1 image directly in" in refused(tmp_path)
    assert "put each class in a folder of its own" in refused(tmp_path)
    save(colour(0), tmp_path / "train" / "a.png")
    assert "are parts of a data set (train), not classes" in refused(tmp_path)
    save(colour(0), tmp_path / "one" / "cats" / "a.png")
    assert ImageFolderSource(path=tmp_path / "one").load().spec.class_names == ("cats",)


def test_the_state_follows_the_files_and_nothing_else(folder: Path) -> None:
    source = ImageFolderSource(path=folder)
    before = source.state()
    os.utime(folder / "dog" / "a.png", (0, 0))
    (folder / ".hidden").touch()
    assert source.state() == before
    (folder / "dog" / "a.png").rename(folder / "dog" / "b.png")
    renamed = source.state()
    assert renamed != before
    save(colour(8), folder / "dog" / "b.png")
    assert source.state() not in (before, renamed)


@pytest.mark.skipif(os.name == "nt", reason="names are bytes on POSIX alone")
def test_names_that_are_no_utf8_are_shown_escaped(folder: Path) -> None:
    odd = os.fsencode(folder / "cat") + b"/\xff.png"
    with open(odd, "wb") as file:
        colour(5).save(file, format="PNG")
    source = ImageFolderSource(path=folder)
    origins = source.load().origins
    assert origins is not None
    assert r"cat/\xff.png" in origins.tolist()
    assert source.state()


def test_a_colour_that_is_none_is_a_wrong_setting(folder: Path) -> None:
    with pytest.raises(ValidationError, match="unknown color specifier"):
        ImageFolderSource(path=folder, background="whitish")
