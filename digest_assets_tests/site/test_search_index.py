"""A day's papers for the browser's search."""

import json
from datetime import date
from typing import Any

from digest_assets.config.settings import Settings
from digest_assets.site import search_index
from digest_assets.site.paper_history import load_day
from digest_assets.testing import row_factories
from digest_assets.testing.site_days import DayRows, store_days
from digest_assets.warehouse import open_warehouse

FRIDAY = date(2025, 12, 5)


def piece(settings: Settings, **values: Any) -> str:
    paper = row_factories.make_paper("2512.00001", FRIDAY, abstract="We gain. It is fast.", **values)
    place = row_factories.make_group_row(paper.id, "category_digest", day=FRIDAY)
    fields = {"tldr": "We gain.", "result": "It is fast. It wins by 3%.", "motivation": None}
    store_days(
        settings,
        DayRows(FRIDAY, [paper], [place], [row_factories.make_summary(paper.id, "category_digest", fields=fields)]),
    )
    return search_index.render_piece(load_day(open_warehouse(settings), settings, FRIDAY))


def row(text: str) -> dict[str, Any]:
    assert text.startswith('digestSearch.add("2025-12-05",[\n')
    (found,) = json.loads(text[text.index("[") : text.rindex(")")])
    return dict(found)


def test_a_piece_holds_what_is_searched_and_shown(settings: Settings) -> None:
    found = row(piece(settings, topics=("avatar",), hf_upvotes=7, code_url="https://github.com/a/b"))
    assert found["page"] == "papers/2512/2512.00001.html"
    assert (found["title"], found["authors"]) == ("One", ["A One", "B Two"])
    assert (found["topics"], found["upvotes"], found["code"]) == (["avatar"], 7, 1)


def test_a_summary_adds_only_what_the_abstract_does_not_say(settings: Settings) -> None:
    found = row(piece(settings))
    assert found["abstract"] == "We gain. It is fast."
    assert "It wins by 3%." in found["more"]
    assert "It is fast." not in found["more"]


def test_what_is_not_known_takes_no_room(settings: Settings) -> None:
    assert not {"upvotes", "code", "topics"} & set(row(piece(settings)))


def test_a_piece_tells_its_papers() -> None:
    assert search_index.read_ids(None) == set()


def test_a_papers_words_cannot_end_the_piece(settings: Settings) -> None:
    text = piece(settings, title='"]);alert(1);//\u2028\u2029},{')
    assert row(text)["title"] == '"]);alert(1);// },{'
    assert search_index.read_ids(text) == {"2512.00001"}
