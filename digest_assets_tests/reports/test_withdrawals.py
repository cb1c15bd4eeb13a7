"""A withdrawn paper's block stands in every format, with one sentence and its authors' words; nothing is summarised."""

import pytest

from digest_assets.config.fields import FORMATS, FormatName
from digest_assets.feeds.feeds import build_topic_feed
from digest_assets.reports.render import render
from digest_assets.reports.validate import parse_report
from digest_assets.summaries.requests import build_requests
from digest_assets.testing.row_factories import FRIDAY, make_edition, make_group_row, make_paper, make_settings

WITHDRAWN = make_paper("2512.00001", version=2, withdrawal="Equation 3 is wrong.", code_url="https://github.com/a/b")
SETTINGS = make_settings()


@pytest.mark.parametrize("report", FORMATS)
def test_the_block_says_so_and_nothing_else(report: FormatName) -> None:
    markdown = render(make_edition(report, [WITHDRAWN], SETTINGS), SETTINGS)
    assert parse_report(report, markdown).ids == ("2512.00001",)
    assert markdown.count("Withdrawn on arXiv. Equation 3 is wrong.") == 1
    assert "github.com" not in markdown
    assert "withdrawn on arXiv: not summarised" in markdown


@pytest.mark.parametrize("report", FORMATS)
def test_no_summary_is_asked_for(report: FormatName) -> None:
    papers = [WITHDRAWN, make_paper("2512.00002")]
    groups = [make_group_row(paper.id, report) for paper in papers]
    requests = build_requests(FRIDAY, papers, groups, [], make_settings(**{report: {"enabled": True}}).config.reports)
    assert [request.id for request in requests] == ["2512.00002"]


def test_a_feeds_item_is_flagged() -> None:
    edition = make_edition("topic_digest", [WITHDRAWN], SETTINGS, group="lamps")
    (item,) = build_topic_feed("lamps", [edition], SETTINGS).items
    assert item.title == "Withdrawn: One"
    assert "Withdrawn on arXiv. Equation 3 is wrong." in item.html
