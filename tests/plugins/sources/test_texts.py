"""Texts from files, folders and docstrings."""

from pathlib import Path

import pytest

from genaug.errors import DataError
from genaug_plugins.sources.docstrings import DocstringsSource
from genaug_plugins.sources.text_file import TextFileSource
from genaug_plugins.sources.text_folder import TextFolderSource

CSV = 'text,label,author\n"Hello, you",ham,ann\nBuy now ,spam,bob\nGrüße 🙂,,ann\n'


def test_a_csv_of_texts(tmp_path: Path) -> None:
    (tmp_path / "mail.csv").write_text(CSV, encoding="utf-8")
    dataset = TextFileSource(path=tmp_path / "mail.csv", groups="author").load()
    assert dataset.samples.values.tolist() == ["Hello, you", "Buy now", "Grüße 🙂"]
    assert dataset.samples.labels.tolist() == [0, 1, -1]
    assert dataset.spec.class_names == ("ham", "spam")
    assert dataset.groups is not None
    assert dataset.groups.tolist() == ["ann", "bob", "ann"]


def test_json_lines_and_a_folder_give_the_same_texts(tmp_path: Path) -> None:
    (tmp_path / "mail.jsonl").write_text('{"text": "one", "label": "a"}\n{"text": "two", "label": "b"}\n')
    for name, text in (("a", "one\n"), ("b", "two")):
        (tmp_path / "mail" / name).mkdir(parents=True)
        (tmp_path / "mail" / name / "1.txt").write_text(text)
    lines, folder = (TextFileSource(path=tmp_path / name).load() for name in ("mail.jsonl", "mail"))
    assert lines.samples.ids.tolist() == folder.samples.ids.tolist()
    assert lines.spec.class_names == folder.spec.class_names == ("a", "b")
    assert folder.origins is not None
    assert folder.origins.tolist() == ["a/1.txt", "b/1.txt"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('text,label\nHello,ham\n" ",spam\n', "'text', line 3 of mail.csv, is empty"),
        ("words,label\nHello,ham\n", "no column 'text'; its columns are words, label"),
    ],
)
def test_what_is_no_text_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "mail.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        TextFileSource(path=tmp_path / "mail.csv").load()


def test_a_file_that_is_no_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "mail" / "a").mkdir(parents=True)
    (tmp_path / "mail" / "a" / "1.txt").write_bytes("Grüße".encode("latin-1"))
    with pytest.raises(DataError, match=r"1\.txt cannot be read as UTF-8 text"):
        TextFileSource(path=tmp_path / "mail").load()
    dataset = TextFolderSource(path=tmp_path / "mail", encoding="latin-1").load()
    assert dataset.samples.values.tolist() == ["Grüße"]
    assert dataset.files is not None
    assert dataset.files.tolist() == [str(tmp_path / "mail" / "a" / "1.txt")]
    with pytest.raises(DataError, match="no encoding 'latin-none'"):
        TextFolderSource(path=tmp_path / "mail", encoding="latin-none").load()


def test_empty_texts_are_left_out_where_asked_for(tmp_path: Path) -> None:
    (tmp_path / "mail.csv").write_text("text,label,set\none,a,train\n,b,train\nTwo,b,dev\ntwo,b,\n")
    dataset = TextFileSource(path=tmp_path / "mail.csv", on_empty="skip", split="set").load()
    assert dataset.samples.values.tolist() == ["one", "Two", "two"]
    assert dataset.views is not None
    assert dataset.views.tolist() == ["train", "validation", ""]
    assert dataset.origins is not None
    assert dataset.origins.tolist() == ["mail.csv[0]", "mail.csv[2]", "mail.csv[3]"]
    assert dataset.problems == (
        "left out: 1 row without text, the first is line 3 of mail.csv",
        "1 text like another one but for case or white space",
    )
    (tmp_path / "mail" / "a").mkdir(parents=True)
    (tmp_path / "mail" / "a" / "1.txt").write_text("one")
    (tmp_path / "mail" / "a" / "2.txt").write_text(" ")
    with pytest.raises(DataError, match="`on_empty: skip`"):
        TextFolderSource(path=tmp_path / "mail").load()
    skipped = TextFolderSource(path=tmp_path / "mail", on_empty="skip").load()
    assert skipped.problems == ("left out: 1 empty text: a/2.txt",)


def test_docstrings_are_sentences_of_their_package() -> None:
    source = DocstringsSource(packages=("json", "email"), per_class=9)
    dataset = source.load()
    assert dataset.spec.class_names == ("json", "email")
    assert all(len(text.split()) >= 4 for text in dataset.samples.values)
    assert dataset.samples.per_class(2).tolist()[1] == 9
    with pytest.raises(DataError, match="no installed package 'nonesuch'"):
        DocstringsSource(packages=("nonesuch",)).load()
