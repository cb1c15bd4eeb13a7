"""The strict reader notices what breaks a format, and says where."""

import re
from pathlib import Path

import pytest

from digest_assets.common.errors import ReportError
from digest_assets.config.fields import FORMATS, ReportName
from digest_assets.reports.render import render
from digest_assets.reports.validate import parse_report
from digest_assets_tests.reports.hostile import choice_of, find_differences, plain_edition

# Lines that the formats let be absent: bullets of a list that has more, paragraphs and list items of free text.
MAY_GO = {
    "topic_digest": r"- \*\*[A-Z][\w /&]+\*\*: .*",
    "daily_table": r"$^",
    "field_review": r"\*\*(Contribution|Method|Results):\*\*.*|A claim.*|<sub>Written by.*",
    "category_digest": r"$^",
    "deep_read": r"- \*\*(Input|Output|Workflow|Hardware|Code)\*\*.*|Vision\.|A thing\.|1\. \*\*Lead.*|Gains 2%.*",
}


@pytest.mark.parametrize("report", FORMATS)
def test_a_line_that_is_missing_is_noticed(report: ReportName) -> None:
    choice = choice_of(report)
    edition = plain_edition(report, choice)
    lines = render(edition, choice).split("\n")
    missed = []
    for place, line in enumerate(lines[:-1]):
        if re.fullmatch(MAY_GO[report], line):
            continue
        without = "\n".join(lines[:place] + lines[place + 1 :])
        try:
            if not find_differences(edition, parse_report(report, without)):
                missed.append((place + 1, line))
        except ReportError:
            continue
    # A blank line between two blocks of free text is the one thing that may go unseen: they become one.
    assert [line for _, line in missed if line] == []
    assert len(missed) <= (8 if report in ("field_review", "deep_read") else 0)


@pytest.mark.parametrize("report", FORMATS)
def test_two_papers_that_changed_places_are_noticed(report: ReportName) -> None:
    choice = choice_of(report)
    edition = plain_edition(report, choice)
    swapped = render(edition, choice).replace("2512.00001", "2512.9").replace("2512.00002", "2512.00001")
    parsed = parse_report(report, swapped.replace("2512.9", "2512.00002"))
    assert len(find_differences(edition, parsed)) == 1


def test_an_error_names_the_line_and_what_should_stand_there() -> None:
    choice = choice_of("deep_read")
    markdown = render(plain_edition("deep_read", choice), choice).replace("- **Read from**: HTML", "- **Read from**: X")
    with pytest.raises(ReportError, match=r"deep_read, line 10: '- \*\*Read from\*\*: X', expected"):
        parse_report("deep_read", markdown)


def test_a_report_in_the_other_label_language_is_refused() -> None:
    choice = choice_of("deep_read", "zh")
    markdown = render(plain_edition("deep_read", choice), choice)
    assert parse_report("deep_read", markdown, "zh").ids == ("2512.00001", "2512.00002")
    with pytest.raises(ReportError):
        parse_report("deep_read", markdown, "en")


def test_a_file_cut_off_is_refused() -> None:
    choice = choice_of("category_digest")
    markdown = render(plain_edition("category_digest", choice), choice)
    for end in (len(markdown) // 3, len(markdown) // 2, len(markdown) - 1):
        with pytest.raises(ReportError):
            parse_report("category_digest", markdown[:end])


def test_what_other_programs_get_wrong_is_refused(corpus: Path) -> None:
    """The examples are of other programs, with their known defects; none of them is ours."""
    examples = sorted((corpus.parent / "formats" / "examples").glob("*.txt"))
    if not examples:
        pytest.skip("no formats/examples beside DIGEST_TEST_CORPUS")
    for report, example in zip(FORMATS, examples, strict=True):
        with pytest.raises(ReportError, match=f"{report}, line"):
            parse_report(report, example.read_text("utf-8"))
