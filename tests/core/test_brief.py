"""Digests of messages: the same warning for each of a thousand classes, and very long ones."""

from genaug.data.brief import LONGEST, Brief, brief, once


def test_a_warning_for_each_of_many_classes_is_a_few_lines() -> None:
    said = list(brief([f"class 'c{n}' has {n % 4} test samples" for n in range(1000)] + ["no GPU"]))
    assert said[:3] == [f"class 'c{n}' has {n} test samples" for n in range(3)]
    assert said[3:] == ["no GPU", "997 more like this, the last: class 'c999' has 3 test samples"]


def test_one_more_than_are_shown_is_shown() -> None:
    messages = [f"class {name!r} is empty" for name in "abcd"]
    assert list(brief(messages)) == messages


def test_a_message_is_said_once() -> None:
    assert list(brief(["no GPU"] * 9 + ["few samples"])) == ["no GPU", "few samples"]


def test_a_sentence_about_each_part_is_said_of_the_first() -> None:
    said = ["selected: 172 candidates are of 'yes'", "pool: 210 candidates are of 'no'", "pool: none is real"]
    assert once(said) == [said[0], said[2]]


def test_long_messages_are_cut() -> None:
    (said,) = brief(["x" * 7164])
    assert said == "x" * LONGEST + f" … ({7164 - LONGEST:,} more characters)"


def test_a_digest_begins_anew() -> None:
    digest = Brief()
    for _ in range(2):
        shown = [line for n in range(5) for line in digest.shown(f"class {n}")]
        assert shown == ["class 0", "class 1", "class 2"]
        assert list(digest.rest()) == ["2 more like this, the last: class 4"]
