"""A paper as a BibTeX entry."""

import re
from pathlib import Path

import bibtexparser
import pytest
from bibtexparser.customization import splitname
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.papers.metadata import clean_authors
from digest_assets.reports.bibtex import escape_tex, format_bibtex
from digest_assets.testing.corpus import list_corpus_days, load_listing_rows
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


@pytest.mark.parametrize(
    ("author", "title", "key"),
    [
        ("Siri Østby", "Lamps", "ostby2025lamps"),
        ("Łukasz Żółw", "Straße lights", "zolw2025strase"),
        ("J. Doe Jr.", "The lamp", "doe2025lamp"),
        ("ATLAS Collaboration", "On lamps", "atlas2025lamps"),
        ("Team Lantern", "On lamps", "lantern2025lamps"),
        ("Ana Müller", "$\\beta$-decay", "muller2025beta"),
    ],
)
def test_keys_are_the_family_name_year_and_first_word_in_ascii(author: str, title: str, key: str) -> None:
    assert format_bibtex(make_paper("2512.05117", title=title, authors=(author,))).startswith(f"@misc{{{key},")


@pytest.mark.parametrize(
    ("author", "written"),
    [
        ("ATLAS Collaboration", "{ATLAS Collaboration}"),
        ("Team Lantern", "{Team Lantern}"),
        ("J. Doe Jr.", "Doe, Jr., J."),
        ("Jos\\'e Sch\\\"{o}n", "José Schön"),
    ],
)
def test_groups_are_braced_and_suffixes_stand_where_bibtex_looks_for_them(author: str, written: str) -> None:
    assert fields(format_bibtex(make_paper("2512.05117", authors=(author,))))["author"] == written


@pytest.mark.parametrize(
    ("title", "safe"),
    [
        (r"A \input{/etc/passwd} lamp", "A /etc/passwd lamp"),
        (r"$\write18{rm}$ and $\alpha_{1}$", r"write 18rm and $\alpha_{1}$"),
        (r"\textit{In situ} \LaTeX", "In situ LaTeX"),
        (r"50\% of R\&D costs \$5", r"50\% of R\&D costs \$5"),
        ("SA^2GFM {x} ~y", r"SA\textasciicircum{}2GFM x \textasciitilde{}y"),
        ("$a^^5cinput$", r"a\textasciicircum{}\textasciicircum{}5cinput"),
        ("a } b $x{$", "a b x"),
    ],
)
def test_no_command_comes_from_outside(title: str, safe: str) -> None:
    assert escape_tex(title) == safe


@pytest.mark.long
def test_real_entries_are_read_back_by_another_parser(corpus: Path) -> None:
    """1,000 papers and more, every tenth of the corpus: no entry fails, and names and numbers are the same."""
    rows = {row["id"]: row for day in list_corpus_days(corpus) for row in load_listing_rows(corpus, day)}
    papers = [
        make_paper(id_, title=row["title"], authors=clean_authors(row["authors"]), doi=row["doi"])
        for id_, row in list(rows.items())[::10]
    ]
    assert len(papers) > 1000
    for paper in papers:
        (entry,) = bibtexparser.loads(format_bibtex(paper)).entries
        assert entry["eprint"] == paper.id
        names = entry["author"].split(" and ")
        assert len(names) == len(paper.authors), paper.authors
        assert all(splitname(name)["last"] for name in names)


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
