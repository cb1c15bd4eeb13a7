"""The end of a topic: how many papers match, and those that are not shown, by name and link."""

from digest_assets.config.settings import Settings
from digest_assets.relevance.tables import RelevanceRow
from digest_assets.reports.edition import DayTables, build_edition
from digest_assets.reports.render import render
from digest_assets.reports.validate import parse_report
from digest_assets.testing.row_factories import FRIDAY, make_group_row, make_paper

TOPIC = "avatar"


def write(settings: Settings, titles: list[str], shown: int, lookback_days: int | None = 7) -> str:
    papers = [
        make_paper(f"2512.{number:05}", title=title, topics=(TOPIC,), lookback_days=lookback_days)
        for number, title in enumerate(titles, 1)
    ]
    groups = [
        make_group_row(paper.id, "topic_digest", place, group=TOPIC) for place, paper in enumerate(papers[:shown], 1)
    ]
    tables = DayTables(FRIDAY, {paper.id: paper for paper in papers}, groups, {}, {}, {})
    markdown = render(build_edition("topic_digest", tables, settings), settings)
    parsed = {
        group.name: [paper.id for paper in group.papers] for group in parse_report("topic_digest", markdown).groups
    }
    assert parsed[TOPIC] == [paper.id for paper in papers[:shown]]
    return markdown


def test_a_topic_ends_with_its_other_matches(settings: Settings) -> None:
    markdown = write(settings, ["First", "Second [x](y)\n<b>"], shown=1)
    (line,) = [line for line in markdown.splitlines() if line.startswith("<sub>2 papers")]
    assert line.startswith("<sub>2 papers match in the last 7 days. Also: [Second ")
    assert line.endswith("](https://arxiv.org/abs/2512.00002)</sub>")


def test_a_topic_with_nothing_new_says_so_and_names_the_earlier_ones(settings: Settings) -> None:
    markdown = write(settings, ["First"], shown=0)
    note = "<sub>1 paper matches in the last 7 days. Shown earlier: [First](https://arxiv.org/abs/2512.00001)</sub>"
    assert f"- (No results)\n\n{note}\n" in markdown


def test_a_long_list_is_cut_and_says_how_many_are_left(settings: Settings) -> None:
    markdown = write(settings, [f"Paper {number}" for number in range(61)], shown=1)
    assert "<sub>61 papers match" in markdown
    assert "; and 10 more</sub>" in markdown


def test_a_topic_that_shows_all_its_matches_has_no_such_line(settings: Settings) -> None:
    assert "match in the last" not in write(settings, ["First"], shown=1)
    assert "matches in the last" not in write(settings, ["First", "Second"], shown=1, lookback_days=None)


def test_the_other_matches_come_by_relevance_where_a_reader_is_known(settings: Settings) -> None:
    papers = {
        f"2512.{number:05}": make_paper(f"2512.{number:05}", title=title, topics=(TOPIC,), lookback_days=7)
        for number, title in enumerate(("First", "Second", "Third"), 1)
    }
    groups = [make_group_row("2512.00001", "topic_digest", 1, group=TOPIC)]

    def list_others(is_personal: bool) -> list[str]:
        relevance = [
            RelevanceRow(
                day=FRIDAY, reader="", id=id_, position=None, score=score, prior=0.1, similarity=0.0, reason="",
                is_personal=is_personal,
            )
            for id_, score in zip(papers, (0.1, 0.2, 0.9), strict=True)
        ]  # fmt: skip
        tables = DayTables(FRIDAY, papers, groups, {}, {}, {}, relevance=relevance)
        edition = build_edition("topic_digest", tables, settings)
        return [paper.title for group in edition.groups if group.name == TOPIC for paper in group.other_matches]

    assert list_others(is_personal=True) == ["Third", "Second"]
    assert list_others(is_personal=False) == ["Second", "Third"]
