"""`digest mark`: marks are set, taken back, listed and read from a file, each for its reader."""

import json
from pathlib import Path

import pytest

from digest_assets_tests.cli.conftest import Digest

pytestmark = pytest.mark.usefixtures("day")


def test_a_mark_is_set_listed_and_taken_back(digest: Digest) -> None:
    assert "1 mark set" in digest("mark", "2512.00001v1", "liked")
    (row,) = json.loads(digest("mark", "--json"))
    assert row == {"reader": "", "id": "2512.00001", "marks": ["liked"], "title": "One"}
    assert "1 mark taken back" in digest("mark", "2512.00001", "liked", "--remove")
    assert "no marks yet" in digest("mark")


def test_marks_of_a_file_are_set(digest: Digest, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("id,kind\n2512.00001,read\n2512.00002,saved\n")
    assert "2 marks set" in digest("mark", "--file", str(tmp_path / "m.csv"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["2512.00001", "loved"], "'loved' is no mark; there are read, saved, liked, not_interested"),
        (["paper", "liked"], "not an arXiv id"),
        (["2512.00001", "liked", "--reader", "bert"], "no reader is called 'bert'"),
    ],
)
def test_what_is_wrong_is_one_line(digest: Digest, arguments: list[str], message: str) -> None:
    printed = digest("mark", *arguments)
    assert printed.code != 0
    assert message in printed.error
