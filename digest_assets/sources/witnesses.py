"""Whether an announcement feed or a listing page speaks of a mailing: decided by what it holds. Its date is a hint.

A feed was seen to hold yesterday's items under today's date, for one category alone too, and to be dated a day behind
its content. So its items are compared with the submission window and with the mailing before, a category at a time.
Pure decisions; asking and storing is done in `listing`.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Literal

from digest_assets.sources.feed import Announcement, AnnouncementFeed
from digest_assets.sources.tables import WitnessRow

Verdict = Literal["whole", "partial", "contradicted", "not_out", "unreachable"]
# Of a category's new papers. A repeated batch repeats nearly all, and a proper one nearly none: any share between will do.
_REPEATED_SHARE = 0.5


@dataclass(frozen=True)
class Judgement:
    """What is believed of a feed: its announcements of this mailing, and why not the others, in a sentence."""

    verdict: Verdict
    announcements: tuple[Announcement, ...]
    note: str


def compute_fingerprint(ids: Iterable[str]) -> str:
    """A short hash of ids, to notice that a feed has changed."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:12]


def is_repeat(feed: AnnouncementFeed, earlier_ids: Collection[str]) -> bool:
    """Whether most of what the feed calls new was listed by the mailing before."""
    new = [item.id for item in feed.announcements if item.announce_type == "new"]
    return bool(new) and sum(id in earlier_ids for id in new) >= _REPEATED_SHARE * len(new)


def judge_feed(
    feed: AnnouncementFeed,
    day: date,
    categories: Sequence[str],
    *,
    window_ids: Set[str] | None,
    earlier_ids: Collection[str],
    outside_window: Mapping[str, bool],
) -> Judgement:
    """Judge a feed that is to be of `day`.

    Args:
        feed: What it holds.
        day: The mailing.
        categories: Those that were asked for.
        window_ids: Papers submitted in the mailing's window; None where the API could not be asked.
        earlier_ids: What the mailing before listed; by its submission window where it was not listed here.
        outside_window: Of the feed's other papers that the API knows: whether they were submitted before the window.
    """
    in_window = window_ids or set()
    fresh = [item for item in feed.announcements if item.announce_type in ("new", "cross")]
    repeated = {item.id for item in fresh if item.id not in in_window and item.id in earlier_ids}
    sizes = Counter(_find_group(item, categories) for item in fresh)
    repeats = Counter(_find_group(item, categories) for item in fresh if item.id in repeated)
    stale = {group for group, count in repeats.items() if count >= _REPEATED_SHARE * sizes[group]}

    def is_left_out(item: Announcement) -> bool:
        if item.id in in_window:
            return False
        again = item.id in repeated and (item.announce_type == "new" or not stale.isdisjoint(item.categories))
        return again or _find_group(item, categories) in stale

    kept = tuple(item for item in feed.announcements if not is_left_out(item))
    holds = f"{len(feed.announcements)} papers" if feed.announcements else "nothing"
    new = [item.id for item in kept if item.announce_type == "new"]
    here = sum(id in in_window for id in new)
    elsewhere = sum(id in outside_window for id in new if id not in in_window)
    if feed.day != day and here <= len(new) / 2:
        return Judgement("not_out", (), f"not out yet (it holds {holds} of {feed.day})")
    if not feed.announcements:
        return Judgement("not_out", (), f"not out yet (it holds nothing of {feed.day})")
    if stale and not new:
        return Judgement(
            "contradicted",
            (),
            f"left out: under the date {feed.day} it holds the mailing before again ({len(repeated)} of {len(fresh)} "
            "papers were listed there)",
        )
    if window_ids is not None and elsewhere > max(here, 1):
        return Judgement("contradicted", (), f"left out: {elsewhere} of its {len(new)} new papers are of other days")
    if stale:
        return Judgement(
            "partial",
            kept,
            f"used without {', '.join(sorted(stale))}, where it holds the mailing before again; cross-lists there are "
            "not known",
        )
    dated = "" if feed.day == day else f" (under the date {feed.day})"
    return Judgement("whole", kept, f"{_describe_kinds(kept)}{dated}")


def is_disagreement(first: Judgement, second: Judgement) -> bool:
    """Whether two witnesses, each believable by itself, speak of different mailings: they share less than half."""
    sets = [{item.id for item in judged.announcements if item.announce_type == "new"} for judged in (first, second)]
    smaller = min(len(ids) for ids in sets)
    return smaller > 0 and len(sets[0] & sets[1]) < _REPEATED_SHARE * smaller


def find_sole_witness(rows: Iterable[WitnessRow]) -> str | None:
    """The one witness that carries a day; None where there are several, or none is known."""
    used = [row.witness for row in rows if row.verdict in ("whole", "partial") and row.papers]
    return used[0] if len(used) == 1 else None


def _find_group(item: Announcement, categories: Sequence[str]) -> str:
    """The category that brought an item into the feed: its primary one, else the first that was asked for."""
    first = item.categories[0] if item.categories else ""
    return first if first in categories else next((name for name in categories if name in item.categories), first)


def _describe_kinds(items: Sequence[Announcement]) -> str:
    counts = Counter(item.announce_type for item in items)
    return f"{counts.total()} announced ({', '.join(f'{count} {kind}' for kind, count in sorted(counts.items()))})"
