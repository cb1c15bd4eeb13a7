"""What `digest ui` says on its one screen: true of the day, the key and the budget."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from digest_assets.cli.ui_plan import describe_start
from digest_assets.config.settings import Config, Settings
from digest_assets.testing.site_days import store_generated_day

ADDRESS = "http://127.0.0.1:3000"
FRIDAY_MORNING = datetime(2025, 12, 5, 6, tzinfo=UTC)
KEY = {"OPENAI_API_KEY": "a key"}
PRICED: dict[str, Any] = {"engine": "openai", "prices": {"gpt-4.1-mini": {"input": 1, "output": 1}}}


def describe(
    settings: Settings, variables: dict[str, str] | None = None, now: datetime = FRIDAY_MORNING, **summaries: Any
) -> dict[str, str]:
    """The screen's lines by their names."""
    config = Config.model_validate({"summaries": {"model": "gpt-4.1-mini", **summaries}})
    screen = describe_start(settings.model_copy(update={"config": config}), ADDRESS, now, variables or {})
    return {line[:9].strip(): line[11:] for line in screen.splitlines()}


def test_it_fits_a_screen_and_says_where_things_are_and_how_it_ends(settings: Settings) -> None:
    lines = describe(settings)
    assert len(lines) <= 10
    assert (lines["the UI"], lines["the site"], lines["to end"]) == (ADDRESS, f"{ADDRESS}/site/", "Ctrl-C")


def test_a_mailing_that_is_out_and_not_made_starts_and_the_next_is_named_with_its_hour(settings: Settings) -> None:
    lines = describe(settings)
    assert lines["now"].startswith("the mailing of Friday, 5 December 2025 is out and not made: it starts")
    assert lines["next"] == (
        "the mailing of Monday, 8 December 2025, which arXiv sends out on Monday, 8 December 2025 at 01:00 UTC"
    )


def test_a_mailing_that_is_made_is_said_to_be(settings: Settings) -> None:
    store_generated_day(settings, date(2025, 12, 5), 3)
    assert describe(settings)["now"] == "the mailing of Friday, 5 December 2025 is made"


def test_before_the_first_day_nothing_is_promised(settings: Settings) -> None:
    first = settings.environment.first_day
    before = datetime(first.year - 1, 12, 5, 6, tzinfo=UTC)
    assert f"is before the first day, {first}" in describe(settings, now=before)["now"]


@pytest.mark.parametrize(
    ("summaries", "variables", "words"),
    [
        ({"engine": "extractive"}, {}, "costs nothing: no model is asked"),
        (PRICED, {}, "costs nothing, and its summaries are extractive: summaries.engine is openai, but OPENAI_API_KEY"),
        (PRICED, KEY, "costs $2.00 at most (summaries.budget_usd)"),
        ({**PRICED, "budget_usd": 0.5}, KEY, "costs $0.50 at most"),
        ({**PRICED, "budget_usd": None}, KEY, "there is no limit"),
    ],
)
def test_what_a_day_may_cost_follows_from_engine_key_and_budget(
    settings: Settings, summaries: dict[str, Any], variables: dict[str, str], words: str
) -> None:
    assert words in describe(settings, variables, **summaries)["a day"]
