"""What a new version changed: found in the stored days, in whatever order they were made, and told where people look."""

from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from digest_assets.config.settings import Settings
from digest_assets.feeds.feeds import build_changes_feed, write_feeds
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.papers.tables import PAPER_CHANGES, PAPERS, PaperChangeRow
from digest_assets.reports.changes import compare_versions, find_changes, store_changes
from digest_assets.site.build import build_site
from digest_assets.testing import row_factories
from digest_assets.testing.site_days import generate_day, store_days
from digest_assets.warehouse import open_warehouse

MONDAY, TUESDAY, WEDNESDAY = (date(2025, 12, day) for day in (1, 2, 3))
PAPER = "2512.01001"
BEFORE = "We do a thing. It gains 2.0% on GLUE. We are happy."
AFTER = "We do a thing. It gains 1.4% on GLUE. We are happy. Code is out."


def store_paper(settings: Settings, day: date, version: int, *, shown: bool = False, **values: object) -> None:
    paper = row_factories.make_paper(PAPER, day, version=version, **values)
    open_warehouse(settings).replace_days(PAPERS, [day], PAPERS.to_frame([paper]))
    groups = [row_factories.make_group_row(PAPER, "category_digest", day=day)] if shown else []
    open_warehouse(settings).replace_days(PAPER_GROUPS, [day], PAPER_GROUPS.to_frame(groups))


def read_changes(settings: Settings) -> list[PaperChangeRow]:
    return PAPER_CHANGES.to_rows(open_warehouse(settings).read(PAPER_CHANGES))


def test_both_sides_of_what_differs_are_kept() -> None:
    earlier = row_factories.make_paper(PAPER, MONDAY, title="A thing", abstract=BEFORE, comment="9 pages")
    new = row_factories.make_paper(PAPER, TUESDAY, version=2, title="The thing", abstract=AFTER, comment="12 pages")
    change = compare_versions(earlier, new)
    assert (change.earlier_title, change.title) == ("A thing", "The thing")
    assert change.removed_sentences == ("It gains 2.0% on GLUE.",)
    assert change.added_sentences == ("It gains 1.4% on GLUE.", "Code is out.")
    assert (change.removed_numbers, change.added_numbers) == (("2.0%",), ("1.4%",))
    assert (change.earlier_comment, change.comment) == ("9 pages", "12 pages")
    assert change.withdrawal is None


def test_what_is_the_same_is_not_told() -> None:
    earlier = row_factories.make_paper(PAPER, MONDAY, abstract=BEFORE, comment="9 pages")
    change = compare_versions(earlier, earlier.model_copy(update={"day": TUESDAY, "version": 2}))
    same = PaperChangeRow(day=TUESDAY, id=PAPER, version=2, earlier_version=1, earlier_day=MONDAY, title=earlier.title)
    assert change == same


@pytest.mark.parametrize("order", list(permutations([MONDAY, TUESDAY, WEDNESDAY])))
def test_the_order_in_which_days_are_made_changes_nothing(settings: Settings, order: tuple[date, ...]) -> None:
    versions = {MONDAY: 1, TUESDAY: 2, WEDNESDAY: 4}
    for day in order:
        store_paper(settings, day, versions[day], shown=day == MONDAY, abstract=f"Version {versions[day]}.")
        store_changes(open_warehouse(settings), [day])
    changes = read_changes(settings)
    told = [(row.day, row.earlier_version, row.version, row.removed_numbers, row.added_numbers) for row in changes]
    assert told == [(TUESDAY, 1, 2, ("1",), ("2",)), (WEDNESDAY, 2, 4, ("2",), ("4",))]


def test_a_paper_that_no_report_showed_before_and_the_same_version_are_no_news(settings: Settings) -> None:
    store_paper(settings, MONDAY, 1)
    store_paper(settings, TUESDAY, 2, shown=True)
    store_paper(settings, WEDNESDAY, 2)
    assert find_changes(open_warehouse(settings), [MONDAY, TUESDAY, WEDNESDAY]) == []


def test_days_made_again_replace_what_was_found(settings: Settings) -> None:
    store_paper(settings, MONDAY, 1, shown=True)
    store_paper(settings, TUESDAY, 2)
    assert len(store_changes(open_warehouse(settings), [TUESDAY])) == 1
    store_paper(settings, TUESDAY, 1)
    assert store_changes(open_warehouse(settings), [TUESDAY]) == read_changes(settings) == []


@pytest.fixture
def two_days(settings: Settings) -> Settings:
    """A paper of Monday's reports that Tuesday has in a version that withdraws it, and one with other words."""
    first = generate_day(MONDAY, 3)
    withdrawn, changed = first.papers[0], first.papers[1]
    second = generate_day(TUESDAY, 3)
    replaced = [
        withdrawn.model_copy(
            update={"day": TUESDAY, "version": 2, "comment": "Wrong <proof>.", "withdrawal": "Wrong <proof>."}
        ),
        changed.model_copy(update={"day": TUESDAY, "version": 2, "title": "Another $x$ title"}),
    ]
    store_days(settings, first)
    store_days(settings, type(second)(TUESDAY, [*second.papers, *replaced], second.groups, second.summaries))
    store_changes(open_warehouse(settings), [MONDAY, TUESDAY])
    return settings


def test_the_papers_page_says_what_changed(two_days: Settings) -> None:
    site = build_site(two_days).folder
    pages = {path.stem: path.read_text("utf-8") for path in Path(site / "papers").rglob("*.html")}
    told = [page for page in pages.values() if "What changed in v2" in page]
    assert len(told) == 2
    withdrawn = next(page for page in told if "Withdrawn on arXiv." in page)
    assert "Wrong &lt;proof&gt;." in withdrawn
    changed = next(page for page in told if page != withdrawn)
    assert "<h3>Title</h3>" in changed
    assert "<del>" in changed
    assert "feeds/papers/changes.atom" in (site / "index.html").read_text("utf-8")


def test_the_feed_of_changes_flags_withdrawals_and_escapes(two_days: Settings) -> None:
    feed = next(feed for feed in write_feeds(two_days) if feed.path == "feeds/papers/changes")
    titles = sorted(item.title.split(":")[0] for item in feed.items)
    assert titles == ["Withdrawn", "v2"]
    withdrawn = next(item for item in feed.items if item.title.startswith("Withdrawn"))
    assert "<strong>Withdrawn on arXiv.</strong> Wrong &lt;proof&gt;." in withdrawn.html
    assert (two_days.data_dir / "site/feeds/papers/changes.json").exists()


def test_without_changes_the_feed_is_empty(settings: Settings) -> None:
    assert build_changes_feed([], settings).items == ()
