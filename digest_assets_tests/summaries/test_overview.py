"""A report's day in a page: links that exist, numbers that the summaries state, nothing that breaks the report."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest_assets.config.settings import Settings
from digest_assets.papers.tables import PAPERS
from digest_assets.summaries.assets import build_overview_requests
from digest_assets.summaries.overview import (
    Claim,
    Overview,
    OverviewRequest,
    Theme,
    build_llm_request,
    extract_overviews_again,
    find_stated_comparison,
    make_overviews,
    render_overview,
)
from digest_assets.summaries.schemas import FieldReview
from digest_assets.summaries.tables import SummaryClaim, SummaryRow
from digest_assets.testing.summary_days import DAY, make_group_rows, make_numbered_paper
from digest_assets.warehouse import open_warehouse


def summary(number: int, **fields: str) -> SummaryRow:
    given = dict.fromkeys(FieldReview.model_fields) | {"key_findings": ()} | fields
    return SummaryRow(
        day=DAY,
        id=f"2512.{number:05d}",
        report="field_review",
        language="en",
        engine="extractive",
        model=None,
        fields=FieldReview.model_validate(given).model_dump_json(),
        numbers=(),
        numbers_traced=0,
        numbers_total=0,
        note=None,
        key=f"k{number}",
    )


EDITION = OverviewRequest(
    DAY,
    "field_review",
    "en",
    (
        (
            make_numbered_paper(1, title="Lantern [one] at night"),
            summary(1, contribution="A filter for maps.", results="It gains 12.5% over DimNet."),
        ),
        (
            make_numbered_paper(2, title="Robots that fold laundry", version=2),
            summary(2, method="Grippers fold towels and shirts."),
        ),
    ),
)


def overview(*claims: Claim, opening: str | None = None) -> Overview:
    return Overview(opening=opening, themes=(Theme(name="Maps", claims=claims),), highlights=(), reading_list=())


def test_a_claim_links_its_papers_by_their_anchors() -> None:
    page = render_overview(overview(Claim(text="Maps get better.", papers=("2512.00001", "2512.00002v2"))), EDITION)
    assert page == (
        "**Maps**\n\n- Maps get better. ([Lantern \\[one\\] at night](#2512.00001v1), "
        "[Robots that fold laundry](#2512.00002v2))"
    )


def test_a_link_reads_as_the_name_that_the_title_gives_the_paper() -> None:
    def link(title: str) -> str:
        return EDITION.link_paper(make_numbered_paper(3, title=title))

    assert link("LampNet: Maps of Streets at Night from Three Cameras") == "[LampNet](#2512.00003v1)"
    assert link("What Do Maps of Streets Show: A Study") == "[What Do Maps of Streets Show: A Study](#2512.00003v1)"
    assert link("Maps " * 20).startswith("[Maps Maps")
    assert link("Maps " * 20).endswith(" …](#2512.00003v1)")


def test_a_paper_that_is_not_of_the_edition_is_not_linked() -> None:
    page = render_overview(overview(Claim(text="Maps get better.", papers=("2512.00001", "2599.99999"))), EDITION)
    assert re.findall(r"#[\d.v]+", page) == ["#2512.00001v1"]


def test_a_claim_without_a_paper_gets_the_one_that_says_the_same() -> None:
    page = render_overview(overview(Claim(text="Grippers fold towels and shirts.", papers=())), EDITION)
    assert "(#2512.00002v2)" in page


def test_a_claim_that_no_paper_bears_out_goes() -> None:
    claims = (Claim(text="Quantum gravity is solved at last.", papers=()), Claim(text="Maps.", papers=("2512.00001",)))
    assert "gravity" not in render_overview(overview(*claims), EDITION)


def test_a_number_that_no_summary_states_is_marked() -> None:
    page = render_overview(overview(Claim(text="Gains of 12.5% and of 99%.", papers=("2512.00001",))), EDITION)
    assert "12.5% and of 99% ⚠." in page


def test_an_opening_with_numbers_would_be_a_claim_without_a_link() -> None:
    claim = Claim(text="Maps get better.", papers=("2512.00001",))
    assert render_overview(overview(claim, opening="A day of 45% gains."), EDITION).startswith("**Maps**")
    assert render_overview(overview(claim, opening="A day of maps."), EDITION).startswith("A day of maps.")


@pytest.mark.parametrize(
    "text",
    [
        "See [this](https://evil.example/x) now.",
        "![](https://evil.example/p.png) Maps.",
        "https://evil.example/x Maps.",
        "# Heading\n\n---\n\nMaps.",
        "Maps.\n</details><script>alert(1)</script>",
    ],
)
def test_what_a_model_smuggles_in_does_not_reach_the_report(text: str) -> None:
    page = render_overview(overview(Claim(text=text, papers=("2512.00001",))), EDITION)
    assert "evil" not in page
    assert not re.search(r"^#|^---|<", page, re.MULTILINE)


def test_without_a_model_the_papers_own_words_stand_there_and_say_so(settings: Settings) -> None:
    (row,), spending = make_overviews([EDITION], settings)
    assert row.engine == "extractive"
    assert row.markdown.startswith("An extractive overview")
    assert "- It gains 12.5% over DimNet. ([Lantern \\[one\\] at night](#2512.00001v1))" in row.markdown
    assert spending.calls == 0


def test_a_day_without_papers_has_no_overview(settings: Settings, tmp_path: Path) -> None:
    assert make_overviews([OverviewRequest(DAY, "field_review", "en", ())], settings)[0] == []


def test_a_sentence_that_compares_is_taken_where_the_text_supports_it() -> None:
    right = SummaryClaim(field="results", sentence="It gains 3.3 points over DimNet.", verdict="supported")
    wrong = right.model_copy(update={"sentence": "It gains 9.9 points over DimNet.", "verdict": "unsupported"})
    assert find_stated_comparison([wrong, right]) == right.sentence
    assert find_stated_comparison([wrong]) is None


def test_the_weeks_before_are_the_fields_papers_each_once_and_none_of_today(settings: Settings) -> None:
    warehouse = open_warehouse(settings)

    def store(days_before: int, *numbers: int, **values: Any) -> None:
        day = DAY - timedelta(days=days_before)
        rows = [make_numbered_paper(number, day, **values) for number in numbers]
        warehouse.replace_days(PAPERS, [day], PAPERS.to_frame(rows))

    store(29, 10)  # five weeks ago
    store(28, 11, 12)
    store(2, 12, 13)
    store(1, 14, categories=("math.CO",))
    store(0, 13, 15)
    today = PAPERS.to_rows(warehouse.read(PAPERS, [DAY]))
    groups = make_group_rows(today[:1], ["field_review"])
    (request,) = build_overview_requests(DAY, today, groups, [], settings.config.reports, warehouse=warehouse)
    earlier = request.around.earlier
    assert [title.split()[3] for title, _ in earlier.papers] == ["11", "12"]
    assert earlier.days == 1
    assert request.reasons == {"2512.00013": "generated"}


def test_the_opening_keeps_what_the_summaries_say_and_links_it() -> None:
    claim = Claim(text="A filter for maps.", papers=("2512.00001",))
    opening = "Grippers fold towels and shirts. Quantum gravity is solved at last."
    first = render_overview(overview(claim, opening=opening), EDITION).partition("\n")[0]
    assert first == "Grippers fold towels and shirts. ([Robots that fold laundry](#2512.00002v2))"


def test_a_claim_of_another_paper_than_it_names_is_linked_to_the_one_that_says_it() -> None:
    claim = Claim(text="Grippers fold towels and shirts.", papers=("2512.00001",))
    assert "(#2512.00002v2)" in render_overview(overview(claim), EDITION)


def test_a_model_is_told_supported_sentences_alone() -> None:
    paper, row = EDITION.papers[1]
    wrong = SummaryClaim(field="method", sentence="Grippers fold towels and shirts.", verdict="unsupported")
    request = replace(EDITION, papers=((paper, row.model_copy(update={"claims": (wrong,)})),))
    assert request.collect_texts(request.papers[0][1]) == []


@pytest.mark.parametrize(("name", "is_term"), [("Efficiency", False), ("video generation", True), ("视频生成", True)])
def test_a_theme_of_a_model_is_a_term_of_two_or_more_words(settings: Settings, name: str, is_term: bool) -> None:
    check = build_llm_request(EDITION, settings.config).check
    assert check is not None
    claims = (Claim(text="Grippers of soft rubber fold towels and shirts.", papers=("2512.00002",)),)
    given = Overview(opening=None, themes=(Theme(name=name, claims=claims),), highlights=(), reading_list=())
    if is_term:
        check(given)
    else:
        with pytest.raises(ValueError, match="two or more words"):
            check(given)


def test_when_only_the_days_before_changed_what_a_model_wrote_stays_and_what_was_extracted_is_made_again(
    settings: Settings,
) -> None:
    (extracted,), _ = make_overviews([EDITION], settings)
    fallback = extracted.model_copy(update={"markdown": "before", "note": "the model was down", "failed": True})
    written = extracted.model_copy(update={"engine": "openai", "markdown": "by a model"})
    assert extract_overviews_again([EDITION], [written]) == [written]
    assert extract_overviews_again([EDITION], [fallback]) == [
        extracted.model_copy(update={"note": "the model was down", "failed": True})
    ]
