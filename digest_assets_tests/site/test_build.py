"""The site from the tables: every day, report and paper has its pages, and every link leads somewhere."""

import gzip
import random
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html

from digest_assets.config.settings import Config, Settings
from digest_assets.feeds.feeds import write_feeds
from digest_assets.reports import urls
from digest_assets.site import indexes
from digest_assets.site.build import build_site
from digest_assets.testing import row_factories
from digest_assets.testing.site_days import DayRows, store_days, store_generated_day
from digest_assets_tests.site.built_sites import (
    FRIDAY,
    JANUARY,
    MONDAY,
    PAPERS,
    copy_built_site,
    parse_page,
    read_files,
)


def test_a_site_without_days_opens_and_says_so(settings: Settings) -> None:
    built = build_site(settings)
    assert (built.days, built.rendered) == (0, ())
    assert parse_page(settings, "index.html").findtext(".//h1") == "No days yet"


def test_a_day_has_its_pages_reports_papers_and_months(settings: Settings) -> None:
    rows = copy_built_site(settings, FRIDAY)
    names = set(read_files(settings))
    assert {name for name in names if name.startswith("papers/")} == {urls.paper_page(row.id) for row in rows[:3]}
    assert {"days/2025-12-05/index.html", "days/2025-12-05/deep_read.html", "months/2025-12.html"} <= names
    assert {"topics/avatar/2025-12.html", "categories/cs.CV/2025-12.html", "search.html", "trends.html"} <= names
    day = parse_page(settings, urls.day_page(FRIDAY))
    assert len(day.findall(".//ol[@data-filtered]/li")) == PAPERS
    assert parse_page(settings, "index.html").findtext(".//h1/a") == "Friday, 5 December 2025"


def test_papers_that_no_report_reads_in_full_stand_whole_on_a_page_of_the_day(settings: Settings) -> None:
    rows = copy_built_site(settings, FRIDAY)
    shown = parse_page(settings, urls.papers_page(FRIDAY, "all")).findall(".//ol[@data-filtered]/li")
    assert {item.get("id") for item in shown} == {row.id for row in rows[3:]}
    whole = next(item for item in shown if item.get("id") == rows[3].id).text_content()
    assert f"{rows[3].id}" in whole.partition("eprint")[2]
    assert "Category digest" in whole
    assert "steps. They gain" in whole


def test_a_large_day_has_a_page_of_papers_for_each_category_in_parts(settings: Settings) -> None:
    rows = [
        row_factories.make_paper(
            f"2512.{number:05d}", FRIDAY, primary_category=category, categories=(category, "cs.CV")
        )
        for number, category in enumerate(["cs.CV"] * 130 + ["cs.LG"] * 10 + ["cs.AI"] * 9 + ["cs.RO"] * 2)
    ]
    store_days(settings, DayRows(FRIDAY, rows, [], []))
    build_site(settings)
    links = parse_page(settings, urls.day_page(FRIDAY)).findall(".//nav[@aria-label='Abstracts']//a")
    assert [link.text for link in links] == ["cs.CV, 1 to 100", "cs.CV, 101 to 130", "cs.LG", "others"]
    last = parse_page(settings, urls.papers_page(FRIDAY, "others"))
    assert len(last.findall(".//ol[@data-filtered]/li")) == 11


def test_a_long_report_has_parts_and_its_first_names_all_papers(settings: Settings) -> None:
    rows = [row_factories.make_paper(f"2512.{number:05d}", FRIDAY) for number in range(1, 121)]
    groups = [
        row_factories.make_group_row(row.id, "category_digest", place, day=FRIDAY, group="cs.CV")
        for place, row in enumerate(rows, 1)
    ]
    store_days(settings, DayRows(FRIDAY, rows, groups, []))
    build_site(settings)
    first, second = (parse_page(settings, urls.report_page(FRIDAY, "category_digest", part)) for part in (1, 2))
    assert [len(part.findall(".//ol[@class='papers report']/li")) for part in (first, second)] == [100, 20]
    assert {row.id + "v1" for row in rows} <= set(first.xpath("//@id"))
    store_days(settings, DayRows(FRIDAY, rows[:5], groups[:5], []))
    build_site(settings)
    assert urls.report_page(FRIDAY, "category_digest", 2) not in read_files(settings)


@pytest.mark.long
def test_no_page_of_a_day_of_a_thousand_papers_is_over_300_kilobytes_compressed(settings: Settings) -> None:
    draw = random.Random(1)
    words = ["".join(draw.choices("etaoinshrdlu", k=draw.randint(2, 10))) for _ in range(4000)]
    rows = [
        row_factories.make_paper(
            f"2512.{number:05d}",
            FRIDAY,
            title=" ".join(draw.choices(words, k=10)),
            abstract=". ".join(" ".join(draw.choices(words, k=20)) for _ in range(10)),
            authors=tuple(" ".join(draw.choices(words, k=2)).title() for _ in range(6)),
        )
        for number in range(1000)
    ]
    groups = [
        row_factories.make_group_row(row.id, "category_digest", place, day=FRIDAY, group="cs.CV")
        for place, row in enumerate(rows, 1)
    ]
    store_days(settings, DayRows(FRIDAY, rows, groups, []))
    build_site(settings)
    sizes = {name: len(gzip.compress(data)) for name, data in read_files(settings).items()}
    assert max(sizes.values()) < 300_000, max(sizes, key=lambda name: sizes[name])


def test_a_report_page_shows_every_paper_of_its_edition_in_order(settings: Settings) -> None:
    rows = copy_built_site(settings, FRIDAY)
    shown = parse_page(settings, urls.report_page(FRIDAY, "category_digest")).findall(".//ol/li[@id]")
    assert [item.get("id") for item in shown] == [f"{row.id}v1" for row in rows]


def test_reports_with_one_list_of_papers_are_one_tab_and_one_page_at_both_addresses(settings: Settings) -> None:
    copy_built_site(settings, FRIDAY)
    first, second = (parse_page(settings, urls.report_page(FRIDAY, name)) for name in ("daily_table", "deep_read"))
    for shown in (first, second):
        tabs = shown.xpath("//ul[@class='tabs']")[0]
        assert "Hugging Face, read in full" not in tabs.text_content()
        assert tabs.xpath(".//a[@aria-current]/text()") == ["Hugging Face daily papers"]
        papers = shown.xpath("//ol/li[@id]")
        assert len({paper.get("id") for paper in papers}) == len(papers) == 3
        assert [paper.xpath("count(.//*[@class='summary'])") for paper in papers] == [2.0] * 3
    assert "read in full" not in parse_page(settings, "index.html").xpath("//ul[@class='tabs']")[0].text_content()


def test_every_link_leads_to_a_page_and_a_place_on_it(settings: Settings) -> None:
    copy_built_site(settings, FRIDAY, MONDAY, JANUARY)
    write_feeds(settings)
    root = settings.data_dir / "site"
    ids = {path: set(html.parse(path).xpath("//@id")) for path in root.rglob("*.html")}
    for path in ids:
        for address in html.parse(path).xpath("//@href | //@src | //@action"):
            parts = urlsplit(address)
            if parts.scheme:
                assert parts.scheme == "https"
                assert parts.hostname in {"arxiv.org", "huggingface.co", "github.com"}
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_file(), f"{path}: {address}"
            if parts.fragment:
                assert parts.fragment in ids[target], f"{path}: {address}"


def test_a_paper_of_two_days_has_both_days_summaries_on_one_page(settings: Settings) -> None:
    paper = row_factories.make_paper("2512.00001", FRIDAY)
    store_days(
        settings,
        DayRows(
            FRIDAY,
            [paper],
            [row_factories.make_group_row(paper.id, "deep_read", day=FRIDAY)],
            [row_factories.make_summary(paper.id, "deep_read", FRIDAY)],
        ),
    )
    build_site(settings)
    newer = row_factories.make_paper("2512.00001", MONDAY, version=2)
    store_days(
        settings,
        DayRows(
            MONDAY,
            [newer],
            [row_factories.make_group_row(paper.id, "topic_digest", day=MONDAY, group="avatar")],
            [row_factories.make_summary(paper.id, "topic_digest", MONDAY)],
        ),
    )
    build_site(settings)
    shown = parse_page(settings, urls.paper_page(paper.id))
    assert [head.text for head in shown.findall(".//section/h2")] == [
        "Abstract",
        "Topic digest",
        "Hugging Face, read in full",
    ]
    text = shown.text_content()
    assert "v2 seen on 2025-12-08" in text
    assert "v1 seen on 2025-12-05" in text


def test_a_day_is_shown_in_the_language_it_was_published_in(settings: Settings) -> None:
    store_generated_day(settings, FRIDAY, 3)
    chinese = Settings(
        config=Config.model_validate({"reports": {"deep_read": {"language": "zh"}}}), environment=settings.environment
    )
    build_site(chinese)
    assert "Application area" in parse_page(settings, urls.report_page(FRIDAY, "deep_read")).text_content()


def test_a_day_of_no_papers_has_a_page(settings: Settings) -> None:
    store_generated_day(settings, FRIDAY, 0)
    build_site(settings)
    assert "No papers were announced" in parse_page(settings, urls.day_page(FRIDAY)).text_content()
    assert (
        "No papers stand in this report"
        in parse_page(settings, urls.report_page(FRIDAY, "category_digest")).text_content()
    )


def test_the_front_page_keeps_the_last_papers_over_a_weekend_and_says_so(settings: Settings) -> None:
    copy_built_site(settings, FRIDAY)
    store_generated_day(settings, FRIDAY + timedelta(1), 0)
    build_site(settings)
    front = parse_page(settings, "index.html")
    assert front.findtext(".//h1/a") == "Friday, 5 December 2025"
    (note,) = front.findall(".//div[@class='head']/p[@class='note']")
    assert note.text_content() == "Made up to Saturday, 6 December 2025, which has no papers."
    assert note.find("a").get("href") == urls.day_page(FRIDAY + timedelta(1))


def test_no_page_asks_for_anything_from_elsewhere_or_runs_a_script_of_its_own(settings: Settings) -> None:
    copy_built_site(settings, FRIDAY)
    for path in (settings.data_dir / "site").rglob("*.html"):
        tree = html.parse(path)
        policy = tree.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert all(script.text is None and ":" not in script.get("src") for script in tree.iter("script"))
        assert not [element for element in tree.iter() if any(name.startswith("on") for name in element.attrib)]
        assert not list(tree.iter("style", "iframe", "object", "base"))


@pytest.mark.parametrize(
    ("known", "charted"),
    [
        (["2026-01"], ["2025-08", "2025-09", "2025-10", "2025-11", "2025-12", "2026-01"]),
        (["2025-12", "2025-06"], ["2025-06", "2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12"]),
    ],
)
def test_a_chart_of_months_has_no_gaps(known: list[str], charted: list[str]) -> None:
    assert indexes._list_charted_months(known) == charted


def test_a_chart_of_months_ends_with_the_newest_two_years() -> None:
    months = indexes._list_charted_months(["2016-01", "2026-03"])
    assert (len(months), months[0], months[-1]) == (24, "2024-04", "2026-03")
