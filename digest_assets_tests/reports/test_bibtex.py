"""A paper as a BibTeX entry."""

import re

from hypothesis import given
from hypothesis import strategies as st

from digest_assets.reports.bibtex import format_bibtex
from digest_assets.testing.row_factories import make_paper


def fields(entry: str) -> dict[str, str]:
    return dict(re.findall(r"^  (\w+) += \{(.*)\},?$", entry, re.MULTILINE))


def test_an_entry_has_what_arxiv_recommends() -> None:
    entry = format_bibtex(
        make_paper("2512.05117", title="On Splatting $x_1$", authors=("Ana Müller", "Bo Li"), doi="10.1/x")
    )
    assert entry.startswith("@misc{muller2025splatting,\n")
    assert fields(entry) == {
        "title": "{On Splatting $x_1$}",
        "author": "Ana Müller and Bo Li",
        "year": "2025",
        "eprint": "2512.05117",
        "archivePrefix": "arXiv",
        "primaryClass": "cs.CV",
        "doi": "10.1/x",
        "url": "https://arxiv.org/abs/2512.05117",
    }


def test_special_characters_are_escaped_outside_formulas() -> None:
    assert fields(format_bibtex(make_paper("2512.05117", title=r"50% of R&D, a_b and $a_b$")))["title"] == (
        r"{50\% of R\&D, a\_b and $a_b$}"
    )


def test_a_group_that_is_called_like_two_is_one_author() -> None:
    assert fields(format_bibtex(make_paper("2512.05117", authors=("Arts and Sciences Team", "B, C"))))["author"] == (
        "{Arts and Sciences Team} and {B, C}"
    )


def test_a_paper_not_written_in_latin_is_keyed_by_its_id() -> None:
    assert format_bibtex(make_paper("2512.05117", title="高斯", authors=("李 明",))).startswith("@misc{arxiv251205117,")


def test_an_old_paper_without_a_date_has_the_year_of_its_id() -> None:
    assert fields(format_bibtex(make_paper("hep-th/9901001", published=None)))["year"] == "1999"


@given(st.text(), st.lists(st.text(), max_size=3))
def test_no_title_or_name_breaks_out_of_its_field(title: str, authors: list[str]) -> None:
    entry = format_bibtex(make_paper("2512.05117", title=title, authors=tuple(authors)))
    depth = 0
    for character in entry:
        depth += (character == "{") - (character == "}")
        assert depth >= 0
    assert depth == 0
    assert entry.endswith("\n}\n")
    assert entry.count("\n") == len(fields(entry)) + 2
