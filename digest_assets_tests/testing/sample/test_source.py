"""A sample paper's file: what may stand in it, and what is said when something else does."""

from pathlib import Path

import pytest

from digest_assets.testing.sample.source import (
    EquationBlock,
    HeadingBlock,
    ParagraphBlock,
    ReferencesBlock,
    TableBlock,
    read_paper,
)

HEAD = """---
title: 'Two | Ways of $x^2$'
authors: [Zoë Łuk]
categories: [cs.CV]
published: 2025-10-01T09:00:00Z
form: html
---
"""
BODY = """The abstract,
in one paragraph.

# Method
A paragraph [1].

## Details
$$
a + b
$$

Table: What it gives.
| Method | Score |
| Ours | 4.2 |

# Conclusion
Good.

# References
- A. Author. Title. Venue, 2024.
"""


def written(folder: Path, text: str, name: str = "2510.99001.md") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_file_is_read_into_numbered_blocks(tmp_path: Path) -> None:
    paper = read_paper(written(tmp_path, HEAD + BODY.replace("\n\n$$", "\n\n$$")))
    assert (paper.id, paper.front_matter.title, paper.abstract) == (
        "2510.99001",
        "Two | Ways of $x^2$",
        "The abstract, in one paragraph.",
    )
    assert paper.body[:3] == (
        HeadingBlock(1, "1", "Method"),
        ParagraphBlock("A paragraph [1]."),
        HeadingBlock(2, "1.1", "Details"),
    )
    assert paper.body[-1] == ReferencesBlock(("A. Author. Title. Venue, 2024.",))
    assert TableBlock(1, "What it gives.", (("Method", "Score"), ("Ours", "4.2"))) in paper.body


def test_an_equation_is_a_block_of_its_own(tmp_path: Path) -> None:
    paper = read_paper(written(tmp_path, HEAD + "Abstract.\n\n# Method\n\n$$\na +\nb\n$$\n"))
    assert paper.body == (HeadingBlock(1, "1", "Method"), EquationBlock(1, "a + b"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (HEAD.replace("form: html", "form: clay tablet"), "form"),
        (HEAD.replace("authors:", "writers:"), "writers"),
        (HEAD.replace("00Z", "00"), "timezone"),
        ("title: no head", "2510.99001.md must begin with a line ---"),
    ],
)
def test_a_wrong_head_is_said(tmp_path: Path, wrong: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_paper(written(tmp_path, wrong + BODY))


def test_the_file_is_named_by_an_arxiv_id(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not an arXiv id"):
        read_paper(written(tmp_path, HEAD + BODY, "my-paper.md"))
