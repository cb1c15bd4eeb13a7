"""A day that is made again keeps the summaries that would come out the same, and makes the others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digest_assets.config.settings import Settings
from digest_assets.papers.tables import PAPERS
from digest_assets.summaries import unchanged
from digest_assets.summaries.tables import PAPER_SUMMARIES, SummaryRow
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.testing.summary_days import DAY, load_summaries, make_llm_settings, make_stored_summaries, store_day
from digest_assets.warehouse import open_warehouse

Start = Callable[..., FakeLLMServer]


def make_twice(settings: Settings, between: Callable[[], None] = lambda: None, again: Settings | None = None) -> int:
    """Make a day of three papers; after `between`, make it again: how many summaries were kept."""
    store_day(settings, 3, ["category_digest"])
    make_stored_summaries(settings)
    between()
    return make_stored_summaries(again or settings).unchanged


def overwrite(settings: Settings, **values: Any) -> None:
    """Change what is stored of the first summary."""
    first, *others = load_summaries(settings)
    rows: list[SummaryRow] = [first.model_copy(update=values), *others]
    open_warehouse(settings).replace_days(PAPER_SUMMARIES, [DAY], PAPER_SUMMARIES.to_frame(rows))


def test_summaries_are_kept_while_nothing_changes(tmp_path: Path, endpoint: Start) -> None:
    endpoint()
    assert make_twice(make_llm_settings(tmp_path)) == 3


def test_extracts_are_kept_too(tmp_path: Path) -> None:
    assert make_twice(make_llm_settings(tmp_path, engine="extractive")) == 3


def test_a_kept_summary_is_the_one_that_would_be_made(tmp_path: Path, endpoint: Start) -> None:
    endpoint()
    settings = make_llm_settings(tmp_path)
    make_twice(settings)
    kept = load_summaries(settings)
    overwrite(settings, made_from=None, claims=())
    make_stored_summaries(settings)
    assert load_summaries(settings) == kept


def test_another_program_makes_all_again(tmp_path: Path, endpoint: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint()
    later = lambda: monkeypatch.setattr(unchanged, "_hash_program", lambda: b"a later release")  # noqa: E731
    assert make_twice(make_llm_settings(tmp_path), later) == 0


@pytest.mark.parametrize("choice", [{"unsupported": "drop"}, {"model": "another"}, {"context_tokens": 50_000}])
def test_other_settings_make_all_again(tmp_path: Path, endpoint: Start, choice: dict[str, Any]) -> None:
    endpoint()
    assert make_twice(make_llm_settings(tmp_path), again=make_llm_settings(tmp_path, **choice)) == 0


def test_a_paper_that_changed_is_made_again(tmp_path: Path, endpoint: Start) -> None:
    endpoint()
    settings = make_llm_settings(tmp_path)

    def correct_title() -> None:
        warehouse = open_warehouse(settings)
        first, *others = PAPERS.to_rows(warehouse.read(PAPERS, [DAY]))
        corrected = first.model_copy(update={"title": "Lanterns, corrected"})
        warehouse.replace_days(PAPERS, [DAY], PAPERS.to_frame([corrected, *others]))

    assert make_twice(settings, correct_title) == 2


@pytest.mark.parametrize(
    "values", [{"failed": True}, {"note": "written by the fallback model"}, {"engine": "extractive"}]
)
def test_what_is_not_as_it_was_asked_for_is_made_again(tmp_path: Path, endpoint: Start, values: dict[str, Any]) -> None:
    endpoint()
    settings = make_llm_settings(tmp_path)
    assert make_twice(settings, lambda: overwrite(settings, **values)) == 2
    (first, *_) = load_summaries(settings)
    assert (first.failed, first.note, first.engine) == (False, None, "openai")


def test_claims_that_a_second_model_left_open_are_judged_again(tmp_path: Path, endpoint: Start) -> None:
    endpoint()
    settings = make_llm_settings(tmp_path, roles={"check": "fake-llm"})

    def leave_open() -> None:
        claims = load_summaries(settings)[0].claims
        overwrite(settings, claims=tuple(claim.model_copy(update={"verdict": "undecided"}) for claim in claims))

    assert make_twice(settings, leave_open) == 2


def test_all_are_made_anew_when_that_is_asked_for(tmp_path: Path, endpoint: Start) -> None:
    model = endpoint()
    settings = make_llm_settings(tmp_path)
    make_twice(settings)
    model.reset()
    assert make_stored_summaries(settings, refresh=True).unchanged == 0
    assert len(model.calls) == 3
