"""What `digest ui` says on one screen when it has started: where things are, what happens by itself, what a day may cost."""

from collections.abc import Mapping
from datetime import datetime

from digest_assets.common.dates import format_long_date
from digest_assets.config.settings import Settings
from digest_assets.llm.readiness import explain_unready_models
from digest_assets.reports.tables import REPORTS
from digest_assets.warehouse import open_warehouse

_WIDTH = len("by itself")


def describe_start(settings: Settings, address: str, now: datetime, variables: Mapping[str, str] | None = None) -> str:
    """Describe a UI that runs at an address, in a line each; the environment's variables tell which keys are there."""
    lines = {
        "the UI": address,
        "the site": f"{address}/site/",
        "by itself": "each mailing is made when arXiv's feed of it is out, what failed is tried again, and the site follows",
        "now": _describe_newest(settings, now),
        "next": _describe_next(settings, now),
        "a day": _describe_cost(settings, variables),
        "to end": "Ctrl-C",
    }
    return "\n".join(f"{name:<{_WIDTH}}  {words}" for name, words in lines.items())


def _describe_newest(settings: Settings, now: datetime) -> str:
    newest = settings.calendar.get_latest(now)
    if newest < settings.environment.first_day:
        first = settings.environment.first_day
        return f"nothing: the newest mailing, {format_long_date(newest)}, is before the first day, {first}"
    made = open_warehouse(settings).query("SELECT 1 FROM reports WHERE day = ? LIMIT 1", [newest], tables=[REPORTS])
    if made.is_empty():
        return f"the mailing of {format_long_date(newest)} is out and not made: it starts within some minutes"
    return f"the mailing of {format_long_date(newest)} is made"


def _describe_next(settings: Settings, now: datetime) -> str:
    day = settings.calendar.get_next(settings.calendar.get_latest(now))
    out_at = settings.calendar.get_release_time(day).astimezone(now.tzinfo)
    when = f"{format_long_date(out_at.date())} at {out_at:%H:%M %Z}"
    return f"the mailing of {format_long_date(day)}, which arXiv sends out on {when}"


def _describe_cost(settings: Settings, variables: Mapping[str, str] | None) -> str:
    config = settings.config.summaries
    if config.engine != "openai":
        return f"costs nothing: no model is asked, summaries.engine is {config.engine}"
    if message := explain_unready_models(settings, variables):
        return f"costs nothing, and its summaries are extractive: {message}"
    if config.budget_usd is None:
        return "costs what its calls cost: summaries.budget_usd is null, so there is no limit"
    return f"costs ${config.budget_usd:.2f} at most (summaries.budget_usd); what is beyond it is extractive"
