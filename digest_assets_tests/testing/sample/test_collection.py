"""The sample days hold what a demonstration and the tests need, and every paper of them is sound."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from digest_assets.common.arxiv_ids import is_arxiv_id
from digest_assets.common.errors import ReadingError
from digest_assets.common.mailings import MailingCalendar
from digest_assets.config.fields import KNOWN_CATEGORIES
from digest_assets.config.settings import Config, load_config
from digest_assets.summaries.verification.numbers import NumberIndex, trace_numbers
from digest_assets.testing import sample
from digest_assets.testing.loopback.arxiv_query import fold_text
from digest_assets.testing.loopback.responses import ServedPaper
from digest_assets.testing.sample.collection import load_sources
from digest_assets.testing.sample.pdf import render_pdf
from digest_assets.testing.sample.source import EquationBlock, HeadingBlock, ParagraphBlock, SourcePaper, TableBlock
from digest_assets.texts.document import Document
from digest_assets.texts.html import read_html
from digest_assets.texts.pdf import read_pages, read_pdf

THURSDAY, FRIDAY, SATURDAY = sample.DAYS
READABLE = ("html", "pdf, one column", "pdf, two columns")

each_source = pytest.mark.parametrize("paper", load_sources(), ids=lambda paper: paper.id)
each_with_body = pytest.mark.parametrize(
    "paper", [paper for paper in load_sources() if paper.front_matter.form != "none"], ids=lambda paper: paper.id
)
each_readable = pytest.mark.parametrize(
    "paper", [paper for paper in load_sources() if paper.front_matter.form in READABLE], ids=lambda paper: paper.id
)


def served(paper: SourcePaper) -> ServedPaper:
    return next(candidate for candidate in sample.load_papers() if candidate.id == paper.id)


def document(paper: SourcePaper, folder: Path) -> Document:
    files = served(paper)
    if files.html is not None:
        return read_html(files.html)
    assert files.pdf is not None
    path = folder / "paper.pdf"
    path.write_bytes(files.pdf)
    return read_pdf(path, max_pages=20)


def body_text(paper: SourcePaper) -> list[str]:
    texts = []
    for block in paper.body:
        match block:
            case ParagraphBlock(text):
                texts.append(text)
            case TableBlock(_, caption, rows):
                texts += [caption, *(" | ".join(row) for row in rows)]
    return texts


# The days


def test_the_days_are_a_thursday_a_friday_and_a_saturday_without_mailing() -> None:
    assert [day.isoweekday() for day in sample.DAYS] == [4, 5, 6]
    assert [MailingCalendar().is_mailing(day) for day in sample.DAYS] == [True, True, False]


def test_each_mailing_of_the_days_announces_papers() -> None:
    new = Counter(day for paper in sample.load_papers() for day, kind in paper.announced.items() if kind == "new")
    assert (new[THURSDAY], new[FRIDAY], new[SATURDAY]) == (11, 9, 0)


def test_papers_of_earlier_mailings_are_within_the_topics_look_back() -> None:
    earlier = [paper for paper in sample.load_papers() if min(paper.announced) < THURSDAY]
    assert {paper.id for paper in earlier} == {"2509.98011", "2509.98027"}
    assert all(
        (THURSDAY - min(paper.announced)).days <= Config().reports.topic_digest.lookback_days for paper in earlier
    )


def test_a_known_paper_comes_back_as_version_two() -> None:
    replaced = [paper for paper in sample.load_papers() if paper.version == 2]
    assert [(paper.id, paper.announced) for paper in replaced] == [
        ("2509.98011", {date(2025, 9, 29): "new", THURSDAY: "replace"})
    ]


def test_hugging_face_has_a_page_for_each_day_and_most_upvotes_come_first() -> None:
    pages = sample.build_hf_pages()
    assert [len(pages[day]) for day in sample.DAYS] == [6, 5, 2]
    for page in pages.values():
        upvotes = [entry["paper"]["upvotes"] for entry in page]
        assert upvotes == sorted(upvotes, reverse=True)


def test_a_long_title_has_a_line_break_on_hugging_face_as_real_ones_do() -> None:
    titles = [entry["title"] for page in sample.build_hf_pages().values() for entry in page]
    assert any("\n" in title for title in titles)


# What the papers cover


def test_every_default_topic_finds_papers() -> None:
    texts = [fold_text(f"{paper.title} . {paper.abstract}") for paper in sample.load_papers()]
    for topic in Config().reports.topic_digest.topics:
        assert sum(fold_text(topic.name) in text for text in texts) >= 2, topic.name


def test_every_default_category_is_the_primary_one_of_some_paper() -> None:
    assert set(Config().sources.arxiv.categories) <= {paper.categories[0] for paper in sample.load_papers()}


def test_there_are_cross_lists_from_outside_the_default_categories() -> None:
    listed = set(Config().sources.arxiv.categories)
    crossed = [paper for paper in sample.load_papers() if paper.categories[0] not in listed]
    assert all(listed & set(paper.categories) for paper in crossed)
    assert THURSDAY in {day for paper in crossed for day in paper.announced}


def test_every_form_of_body_occurs() -> None:
    assert Counter(paper.front_matter.form for paper in load_sources()) == {
        "html": 14,
        "pdf, one column": 3,
        "pdf, two columns": 3,
        "scanned pdf": 1,
        "damaged pdf": 1,
        "none": 2,
    }


def test_titles_hold_what_a_report_must_escape() -> None:
    titles = " ".join(paper.title for paper in sample.load_papers())
    assert "|" in titles
    assert "$\\mathcal" in titles


def test_authors_have_accents_and_other_scripts() -> None:
    letters = set("".join(name for paper in sample.load_papers() for name in paper.authors))
    assert set("éłøę王") <= letters


# Each paper


@each_source
def test_metadata_is_well_formed(paper: SourcePaper) -> None:
    assert is_arxiv_id(paper.id)
    assert int(paper.id.split(".")[1]) > 90_000, "an id that arXiv has not given and is not going to give"
    assert set(paper.front_matter.categories) <= KNOWN_CATEGORIES
    assert len(set(paper.front_matter.authors)) == len(paper.front_matter.authors)
    assert not any(mark in name for name in paper.front_matter.authors for mark in ("''", '"', "  "))
    assert 60 <= len(paper.abstract.split()) <= 120


def test_ids_are_in_order_of_submission_and_name_its_month() -> None:
    submitted = [(paper.id, paper.front_matter.published) for paper in load_sources()]
    assert submitted == sorted(submitted, key=lambda item: item[1])
    assert all(identifier[:4] == f"{published:%y%m}" for identifier, published in submitted)


@each_readable
def test_a_body_is_a_paper_with_its_usual_sections(paper: SourcePaper) -> None:
    headings = [block.text for block in paper.body if isinstance(block, HeadingBlock) and block.level == 1]
    assert headings[:3] == ["Introduction", "Related Work", "Method"]
    assert headings[-2:] == ["Limitations", "Conclusion"]
    assert 350 <= len(" ".join(body_text(paper)).split()) <= 900


@each_readable
def test_each_section_is_found_in_what_the_reader_reads(paper: SourcePaper, tmp_path: Path) -> None:
    read = document(paper, tmp_path)
    assert [part.heading for part in read.sections] == [
        "Abstract",
        *(block.text for block in paper.body if isinstance(block, HeadingBlock)),
    ]
    roles = {"introduction", "related_work", "method", "results", "ablation", "limitations", "conclusion"}
    assert roles <= {part.role for part in read.sections}


@each_readable
def test_no_sentence_is_lost_on_the_way_to_the_reader(paper: SourcePaper, tmp_path: Path) -> None:
    read = " ".join(" ".join(part.text for part in document(paper, tmp_path).sections).split())
    plain = [block.text for block in paper.body if isinstance(block, ParagraphBlock) and "$" not in block.text]
    assert [text for text in plain if text not in read] == []
    assert not any(entry in read for entry in paper.body[-1].entries), "references are dropped"  # type: ignore[union-attr]


@each_with_body
def test_every_figure_of_an_abstract_stands_in_the_body(paper: SourcePaper) -> None:
    index = NumberIndex.from_texts(body_text(paper))
    assert [figure.text for figure in trace_numbers(paper.abstract, index) if figure.status != "found"] == []


@each_readable
def test_the_abstract_states_results_in_numbers(paper: SourcePaper) -> None:
    assert len(trace_numbers(paper.abstract, NumberIndex.from_texts([paper.abstract]))) >= 3


@each_source
def test_equations_and_tables_are_whole(paper: SourcePaper) -> None:
    for block in paper.body:
        if isinstance(block, EquationBlock):
            assert block.tex.count("{") == block.tex.count("}")
        if isinstance(block, TableBlock):
            assert len({len(row) for row in block.rows}) == 1


# Files


def test_a_scan_has_no_text_and_a_damaged_file_does_not_open(tmp_path: Path) -> None:
    reasons = {}
    for paper in load_sources():
        if paper.front_matter.form in ("scanned pdf", "damaged pdf"):
            with pytest.raises(ReadingError) as caught:
                document(paper, tmp_path)
            reasons[paper.front_matter.form] = str(caught.value)
    assert reasons == {"scanned pdf": "no text layer", "damaged pdf": "damaged or not a PDF"}


def test_pdf_files_are_the_same_bytes_each_time() -> None:
    for paper in load_sources():
        if "pdf" in paper.front_matter.form:
            assert render_pdf(paper) == render_pdf(paper)


@pytest.mark.parametrize(
    "paper", [paper for paper in load_sources() if "column" in paper.front_matter.form], ids=lambda paper: paper.id
)
def test_no_column_ends_with_a_heading(paper: SourcePaper, tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(render_pdf(paper))
    for page in read_pages(path, max_pages=20)[0]:
        lines = [line for line in page.lines if not line.text.isdecimal()]
        last = [
            line
            for line, after in zip(lines, [*lines[1:], None], strict=True)
            if after is None or after.y > line.y + 20
        ]
        assert [line.text for line in last if re.match(r"\d+(\.\d+)? [A-Z]", line.text)] == []


def test_a_sign_that_the_pdf_fonts_lack_is_said() -> None:
    paper = next(paper for paper in load_sources() if paper.front_matter.form == "pdf, one column")
    greek = SourcePaper(paper.id, paper.front_matter, "About α.", paper.body)
    with pytest.raises(ValueError, match="cannot show α"):
        render_pdf(greek)


def test_the_settings_of_the_demonstration_are_the_defaults_without_pauses() -> None:
    config = load_config(Path(sample.__file__).with_name("digest.yaml"))
    assert config.sources.arxiv.delay_seconds == 0
    assert config.reports == Config().reports
    assert config.summaries == Config().summaries
