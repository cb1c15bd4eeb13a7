"""A small site that has a page of every kind: whoever adds a kind of page adds its line to `KINDS`."""

from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image

from digest_assets.archive.tables import SIMILAR_PAPERS, SimilarPaperRow
from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.papers.tables import PAPER_CHANGES, PaperChangeRow
from digest_assets.relevance.tables import NearPaper, RelevanceRow
from digest_assets.reports import urls
from digest_assets.site.build import build_site
from digest_assets.summaries.tables import ClaimSpan, SummaryClaim, SummaryRow, TracedNumber
from digest_assets.testing import row_factories
from digest_assets.testing.site_days import DayRows, generate_paper, store_days
from digest_assets.texts.tables import PAPER_TEXTS, StoredFigure, StoredPicture, TextRow
from digest_assets.warehouse import open_warehouse
from digest_assets.weekly.tables import WEEKLY
from digest_assets.weekly.write import write_week

MONDAY = date(2025, 12, 1)
FRIDAY = date(2025, 12, 5)
SATURDAY = FRIDAY + timedelta(days=1)
_PAPERS = 130  # more than one page of papers holds
MATHS, READ = f"2512.{FRIDAY.day * 1000 + 1:05d}", f"2512.{FRIDAY.day * 1000 + 2:05d}"

KINDS = {
    "front": "index.html",
    "days": "days.html",
    "month": "months/2025-12.html",
    "day": urls.day_page(FRIDAY),
    "day without papers": urls.day_page(SATURDAY),
    "day whose papers fell back": urls.day_page(MONDAY),
    "papers of a day": urls.papers_page(MONDAY, "all"),
    "papers of a category": urls.papers_page(FRIDAY, "cs.CV"),
    "topic digest": urls.report_page(FRIDAY, "topic_digest"),
    "daily table": urls.report_page(FRIDAY, "daily_table"),
    "field review": urls.report_page(FRIDAY, "field_review"),
    "long report": urls.report_page(FRIDAY, "category_digest"),
    "part of a long report": urls.report_page(FRIDAY, "category_digest", 2),
    "Chinese report": urls.report_page(FRIDAY, "deep_read"),
    "reader's ten minutes": urls.report_page(FRIDAY, "for_you"),
    "report without papers": urls.report_page(SATURDAY, "category_digest"),
    "paper with picture, figures, changes": urls.paper_page(MATHS),
    "paper with evidence": urls.paper_page(READ),
    "topics": "topics/index.html",
    "topic": urls.series_page("topics", "avatar"),
    "topic's month": urls.series_page("topics", "avatar", "2025-12"),
    "categories": "categories/index.html",
    "category": urls.series_page("categories", "cs.CV"),
    "category's month": urls.series_page("categories", "cs.CV", "2025-12"),
    "weeks": urls.WEEKS_PAGE,
    "week": urls.week_page(MONDAY),
    "trends": "trends.html",
    "search": "search.html",
    "search with results": "search.html?q=learning",
    "search without results": "search.html?q=xyzzy",
    "missing": "404.html",
    "mail": urls.mail_page(),
}


def build_every_page(folder: Path) -> Path:
    """Build it; the site's folder."""
    mail = {"name": "team", "to": ["a@example.org"], "sender": "b@example.org", "host": "localhost"}
    config = Config.model_validate(
        {
            "delivery": {"mail": [mail]},
            "texts": {"pictures": "own"},
            "feeds": {"base_url": "https://digest.example.org/"},
            "reports": {"deep_read": {"language": "zh"}},
        }
    )
    settings = Settings(config=config, environment=Environment(data_dir=folder))
    store_days(settings, _make_failed_day(), _make_friday(), DayRows(SATURDAY, [], [], []))
    warehouse = open_warehouse(settings)
    near = SimilarPaperRow(
        day=FRIDAY, id=MATHS, position=1, similar_id="2512.01001", similar_title="Bounds of $O(n)$", similar_day=MONDAY,
        similarity=0.4, kinship="same work", shared_authors=1,
    )  # fmt: skip
    warehouse.replace_days(SIMILAR_PAPERS, [FRIDAY], SIMILAR_PAPERS.to_frame([near]))
    change = PaperChangeRow(
        day=FRIDAY, id=MATHS, title="Bounds", version=2, earlier_version=1, earlier_day=MONDAY, earlier_title="Bound",
        added_sentences=("We bound $x$.",), removed_sentences=("We bind.",)
    )  # fmt: skip
    warehouse.replace_days(PAPER_CHANGES, [FRIDAY], PAPER_CHANGES.to_frame([change]))
    texts = PAPER_TEXTS.to_rows(warehouse.read(PAPER_TEXTS, [FRIDAY]))
    pictured = [_add_picture(row) if row.id == MATHS else row for row in texts]
    warehouse.replace_days(PAPER_TEXTS, [FRIDAY], PAPER_TEXTS.to_frame(pictured))
    warehouse.replace_days(WEEKLY, [MONDAY], WEEKLY.to_frame([write_week(settings, MONDAY).row]))
    return build_site(settings).folder


def _add_picture(row: TextRow) -> TextRow:
    image = BytesIO()
    Image.new("RGB", (320, 200), "white").save(image, "WEBP")
    picture = StoredPicture(data=image.getvalue(), width=320, height=200)
    figure = StoredFigure(caption="Figure 1: How it bounds $x$.", page=None, element="S1.F1", picture="x.png")
    return row.model_copy(update={"figures": (figure,), "picture": picture})


def _make_failed_day() -> DayRows:
    """Papers of which nothing could be read."""
    papers = [generate_paper(MONDAY, number, 40) for number in range(1, 7)]
    groups = [row_factories.make_group_row(papers[0].id, "deep_read", day=MONDAY)]
    note = "The model's endpoint answered 503: try again later."
    summary = row_factories.make_summary(papers[0].id, "deep_read", MONDAY, note=note, language="zh")
    text = row_factories.make_text(papers[0].id, MONDAY, source="abstract", reason="HTML: 404; PDF: 404")
    return DayRows(MONDAY, papers, groups, [summary], texts=[text])


def _make_friday() -> DayRows:
    papers = [generate_paper(FRIDAY, number, _PAPERS) for number in range(1, _PAPERS + 1)]
    title = r"Bounds of $\mathcal{O}(n^2)$ for \textbf{streams} & <b>more</b>"
    papers[0] = papers[0].model_copy(update={"title": title, "withdrawal": "An error in $x^2$.", "comment": "8 pages"})
    groups, summaries = [], []
    for report in (*row_factories.FIELDS,):
        shown = papers if report == "category_digest" else papers[:4]
        group = {"topic_digest": "avatar", "for_you": "For you"}.get(report, "cs.CV")
        language = "zh" if report == "deep_read" else "en"
        for place, row in enumerate(shown, 1):
            groups.append(row_factories.make_group_row(row.id, report, place, FRIDAY, group=group, score=0.5))
            summaries.append(_make_summary(row.id, report, language))
    overview = row_factories.make_overview(f"**A day.** See [one]({'#' + MATHS}v1).\n\n- It is $O(n)$.", day=FRIDAY)
    near = NearPaper(key="2401.00001", title="Streams", similarity=0.4, differs=("bounds",))
    relevance = [
        RelevanceRow(
            day=FRIDAY,
            id=row.id,
            reader="",
            position=place,
            score=1 - place / 200,
            prior=0.5,
            similarity=0.4,
            reason="near “Streams” in your library",
            is_personal=True,
            nearest=(near,),
        )
        for place, row in enumerate(papers, 1)
    ]
    return DayRows(FRIDAY, papers, groups, summaries, None, [overview], relevance)


def _make_summary(paper: str, report: str, language: str) -> SummaryRow:
    """One with numbers, and, of one paper, with sentences that open the places they stand on."""
    numbers = (
        TracedNumber(field="results", text="2%", status="found", source="gain 2%"),
        TracedNumber(field="results", text="3%", status="missing"),
    )
    span = ClaimSpan(section=0, start=0, end=9, element="S1.p1", quote="We gain $2$% over Z.")
    sentences = [value for value in row_factories.FIELDS[report].values() if isinstance(value, str)]
    claims = tuple(SummaryClaim(field="x", sentence=one, verdict="supported", spans=(span,)) for one in sentences)
    return row_factories.make_summary(
        paper,
        report,
        FRIDAY,
        language=language,
        numbers=numbers,
        numbers_traced=1,
        claims=claims if paper == READ else (),
    )
