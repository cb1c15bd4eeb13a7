"""A day's papers for the browser's search."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from digest_assets.config.settings import Settings
from digest_assets.reports import urls
from digest_assets.site import search_index
from digest_assets.site.files import SiteFolder
from digest_assets.site.paper_history import load_day
from digest_assets.testing import row_factories
from digest_assets.testing.site_days import DayRows, store_days
from digest_assets.warehouse import open_warehouse

FRIDAY = date(2025, 12, 5)


def row(settings: Settings, **values: Any) -> dict[str, Any]:
    paper = row_factories.make_paper("2512.00001", FRIDAY, abstract="We gain. It is fast.", **values)
    place = row_factories.make_group_row(paper.id, "category_digest", day=FRIDAY)
    fields = {"tldr": "We gain.", "result": "It is fast. It wins by 3%.", "motivation": None}
    store_days(
        settings,
        DayRows(FRIDAY, [paper], [place], [row_factories.make_summary(paper.id, "category_digest", fields=fields)]),
    )
    (found,) = search_index.make_rows(load_day(open_warehouse(settings), settings, FRIDAY), {paper.id: "papers/a.html"})
    return found


def test_a_row_holds_what_is_searched_and_shown(settings: Settings) -> None:
    found = row(settings, topics=("avatar",), hf_upvotes=7, code_url="https://github.com/a/b")
    assert found["page"] == "papers/a.html"
    assert (found["title"], found["authors"]) == ("One", ["A One", "B Two"])
    assert (found["topics"], found["upvotes"], found["code"]) == (("avatar",), 7, 1)


def test_what_holds_no_letter_is_no_author(settings: Settings) -> None:
    assert row(settings, authors=("Team Nex", ":", "Ada Bright"))["authors"] == ["Team Nex", "Ada Bright"]


def test_a_summary_adds_only_what_the_abstract_does_not_say(settings: Settings) -> None:
    found = row(settings)
    assert found["abstract"] == "We gain. It is fast."
    assert "It wins by 3%." in found["more"]
    assert "It is fast." not in found["more"]


def test_what_is_not_known_takes_no_room(settings: Settings) -> None:
    assert not {"upvotes", "code", "topics"} & set(row(settings))


def test_a_title_with_a_formula_is_typeset(settings: Settings) -> None:
    found = row(settings, title="Bounds of $n^2$ <b>lamps</b>")
    assert "<math" in found["html"]
    assert "<b>" not in found["html"]


def test_a_papers_words_cannot_end_the_script(tmp_path: Path, settings: Settings) -> None:
    folder = SiteFolder(tmp_path)
    search_index.write_papers(folder, FRIDAY, [row(settings, title='"]);alert(1);//\u2028\u2029},{')])
    text = folder.read(urls.search_papers(FRIDAY, 0)) or ""
    assert text.startswith('digestSearch.add("2025-12-05",[\n')
    (found,) = json.loads(text[text.index("[") : text.rindex(")")])
    assert found["title"] == '"]);alert(1);// },{'
    assert "\u2028" not in text


def test_a_days_parts_tell_its_papers(tmp_path: Path) -> None:
    folder = SiteFolder(tmp_path)
    assert search_index.read_addresses(folder, FRIDAY) == {}
    for count in (40, 32, 3, 0):  # a day that shrinks leaves no part behind
        ids = {f"2512.{number:05d}" for number in range(count)}
        search_index.write_papers(folder, FRIDAY, [{"id": id_, "page": id_} for id_ in sorted(ids)])
        assert set(search_index.read_addresses(folder, FRIDAY)) == ids
        assert len(folder.list_files(urls.search_folder(FRIDAY))) == 2 * -(-count // search_index.PAPERS_PER_PART)
