"""What the witnesses of a mailing announce: which of them are asked, what is kept of them, and what they give together.

The submission window is asked in `listing`; whether a witness is believed is decided in `witnesses`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Literal

from digest_assets.common.errors import SourceError, TransientSourceError
from digest_assets.common.mailings import EASTERN
from digest_assets.config.settings import Settings
from digest_assets.sources.api_page import ArxivPaper
from digest_assets.sources.arxiv import ArxivApi
from digest_assets.sources.feed import Announcement, AnnouncementFeed, fetch_feed
from digest_assets.sources.site_pages import CATCHUP_DAYS, fetch_site_pages
from digest_assets.sources.tables import ARXIV_ANNOUNCED, ARXIV_LISTING, ARXIV_WITNESSES, AnnouncedRow, WitnessRow
from digest_assets.sources.witnesses import Judgement, compute_fingerprint, is_disagreement, judge_feed
from digest_assets.warehouse import open_warehouse

Announcer = Literal["feed", "listing", "catchup"]

_INFERRED = "announcement date inferred; cross-lists unknown"


@dataclass(frozen=True)
class Evidence:
    """What the witnesses other than the window give together.

    Attributes:
        witnesses: What each of them said.
        announced: By id; None where none of them is believed.
        papers: Those outside the window, as the API gives them.
        items: As the witnesses themselves describe them.
    """

    witnesses: tuple[WitnessRow, ...]
    announced: Mapping[str, AnnouncedRow] | None = None
    papers: Mapping[str, ArxivPaper] = field(default_factory=dict)
    items: Mapping[str, Announcement] = field(default_factory=dict)

    def get_note(self, witness: Announcer) -> str | None:
        """What a witness said; None if it was not asked."""
        return next((row.note for row in self.witnesses if row.witness == witness), None)


@dataclass(frozen=True)
class _Statement:
    """A witness with what it said and what is believed of it."""

    witness: Announcer
    judgement: Judgement
    ids: frozenset[str] = frozenset()
    unreadable: int = 0
    is_kept: bool = False

    def to_row(self, day: date) -> WitnessRow:
        """The row that is stored of it."""
        note = f"{'kept' if self.is_kept else 'read'}: " if self.judgement.announcements else ""
        unreadable = f"; {self.unreadable} items could not be read" if self.unreadable else ""
        return WitnessRow(
            day=day,
            witness=self.witness,
            verdict=self.judgement.verdict,
            papers=len(self.judgement.announcements),
            fingerprint=compute_fingerprint(self.ids) if self.ids else "",
            note=f"{note}{self.judgement.note}{unreadable}",
        )


class EvidenceReader:
    """Asks and judges the witnesses of one day.

    Args:
        day: A mailing that is out.
        settings: Which categories, and where to ask.
        api: Asked for the papers outside the window.
        window_papers: The submission window; None if it could not be asked.
        now: Decides which witnesses can still be asked.
    """

    def __init__(
        self,
        day: date,
        settings: Settings,
        api: ArxivApi,
        window_papers: Mapping[str, ArxivPaper] | None,
        now: datetime,
    ) -> None:
        self._day = day
        self._settings = settings
        self._api = api
        self._window_papers = window_papers
        self._is_current = day == settings.calendar.get_latest(now)
        self._is_recent = (now.astimezone(EASTERN).date() - day).days <= CATCHUP_DAYS
        self._categories = settings.config.sources.arxiv.categories
        self._warehouse = open_warehouse(settings)
        self._papers: dict[str, ArxivPaper] = {}
        self._looked_up: set[str] = set()

    def read(self) -> Evidence:
        """What is kept of the witnesses or, if that is contradicted or not whole, what they say now.

        What is believed is stored. Raises `TransientSourceError` where two contradict each other and nothing can decide.
        """
        kept = self._judge_kept()
        earlier: dict[str, WitnessRow] = {
            row.witness: row for row in ARXIV_WITNESSES.to_rows(self._warehouse.read(ARXIV_WITNESSES, [self._day]))
        }
        verdicts = [row.verdict for witness, row in earlier.items() if witness != "window"]
        is_whole = bool(kept) and all(statement.judgement.verdict == "whole" for statement in kept)
        if is_whole and (
            all(verdict == "whole" for verdict in verdicts) or (not self._is_current and "whole" in verdicts)
        ):
            return self._combine_kept(kept, earlier, {})
        settled = [
            statement
            for statement in kept
            if statement.judgement.verdict == "whole"
            and (statement.witness not in earlier or earlier[statement.witness].verdict == "whole")
        ]
        names = {statement.witness for statement in settled}
        asked = [self._ask(witness) for witness in self._list_askable() if witness not in names]
        if not any(statement.judgement.announcements for statement in asked) and any(
            statement.judgement.announcements for statement in kept
        ):
            return self._combine_kept(kept, earlier, {str(item.witness): item.to_row(self._day) for item in asked})
        statements = [*settled, *asked]
        believed = [statement for statement in statements if statement.judgement.announcements]
        self._refuse_disagreement(believed)
        if not statements:
            note = f"not kept, and no longer to be had: {_INFERRED}"
            statements = [_Statement("feed", Judgement("not_out", (), note))]
        witnesses = tuple(statement.to_row(self._day) for statement in statements)
        return self._store(believed, witnesses) if believed else Evidence(witnesses)

    def _list_askable(self) -> tuple[Announcer, ...]:
        return ("feed", "listing") if self._is_current else ("catchup",) if self._is_recent else ()

    def _ask(self, witness: Announcer) -> _Statement:
        ask: Callable[[], AnnouncementFeed] = {
            "feed": lambda: fetch_feed(self._settings),
            "listing": lambda: fetch_site_pages(self._settings, self._day, "listing"),
            "catchup": lambda: fetch_site_pages(self._settings, self._day, "catchup"),
        }[witness]
        try:
            feed = ask()
        except SourceError as error:
            alone = ", so the window alone" if witness == "feed" else ""
            return _Statement(witness, Judgement("unreachable", (), f"not to be had{alone} ({error})"))
        ids = frozenset(item.id for item in feed.announcements)
        return _Statement(witness, self._judge(feed), ids, feed.unreadable)

    def _judge_kept(self) -> list[_Statement]:
        """What is kept of each witness, judged anew: it may have been believed by an older release, or too early."""
        rows = ARXIV_ANNOUNCED.to_rows(self._warehouse.read(ARXIV_ANNOUNCED, [self._day]))
        statements = []
        for witness in ("feed", "listing", "catchup"):
            items = tuple(
                Announcement(row.id, row.version, row.announce_type, row.categories)
                for row in rows
                if row.announced_in == witness
            )
            if items:
                judgement = self._judge(AnnouncementFeed(self._day, items))
                ids = frozenset(item.id for item in items)
                statements.append(_Statement(witness, judgement, ids, is_kept=True))
        return statements

    def _combine_kept(
        self, kept: Iterable[_Statement], earlier: Mapping[str, WitnessRow], now: Mapping[str, WitnessRow]
    ) -> Evidence:
        """The kept papers that are believed, with those of the window that no witness named when it was read.

        `earlier` is what was said of the witnesses before, `now` what is said of those that were asked again.
        """
        stored = ARXIV_ANNOUNCED.to_rows(self._warehouse.read(ARXIV_ANNOUNCED, [self._day]))
        believed = {item.id for statement in kept for item in statement.judgement.announcements}
        announced = {row.id: row for row in stored if row.id in believed or row.announced_in == "window"}
        rows = {witness: row for witness, row in {**earlier, **now}.items() if witness != "window"}
        for statement in kept:
            before, row = earlier.get(statement.witness), statement.to_row(self._day)
            if before is not None and before.verdict == "partial" and row.verdict == "whole":
                row = before  # what made it partial was left out when it was kept
            elif before is not None and row.verdict == "whole":
                # Of two witnesses that name a paper the first has its row: this one named more than its rows show.
                row = row.model_copy(update={"papers": before.papers, "fingerprint": before.fingerprint})
            rows[statement.witness] = row
        return Evidence(tuple(rows.values()), announced, self._papers)

    def _refuse_disagreement(self, believed: list[_Statement]) -> None:
        if self._window_papers is not None or len(believed) < 2:
            return  # the window has decided
        first, second = believed
        if is_disagreement(first.judgement, second.judgement):
            raise TransientSourceError(
                f"mailing of {self._day}: the announcement feed and the listing page hold different mailings, and arXiv's "
                "API cannot be asked which is right; what was there before is kept: try again later"
            )

    def _store(self, believed: list[_Statement], witnesses: tuple[WitnessRow, ...]) -> Evidence:
        items: dict[str, Announcement] = {}
        rows: dict[str, AnnouncedRow] = {}
        for statement in believed:
            for item in statement.judgement.announcements:
                items.setdefault(item.id, item)
                rows.setdefault(item.id, self._build_announced_row(item, statement.witness))
        if not _is_exact(believed):
            for paper in (self._window_papers or {}).values():
                rows.setdefault(paper.id, self._build_window_row(paper))
        self._warehouse.replace_days(ARXIV_ANNOUNCED, [self._day], ARXIV_ANNOUNCED.to_frame(rows.values()))
        return Evidence(witnesses, rows, self._papers, items)

    def _build_announced_row(self, item: Announcement, witness: Announcer) -> AnnouncedRow:
        known = (self._window_papers or {}).get(item.id) or self._papers.get(item.id)
        return AnnouncedRow(
            day=self._day,
            id=item.id,
            version=item.version or (known.version if known else 1),
            announce_type=item.announce_type,
            announced_in=witness,
            categories=item.categories,
            feed_query="+".join(self._categories),
        )

    def _build_window_row(self, paper: ArxivPaper) -> AnnouncedRow:
        return AnnouncedRow(
            day=self._day,
            id=paper.id,
            version=paper.version,
            announce_type="new",
            announced_in="window",
            categories=paper.categories,
            feed_query="+".join(self._categories),
        )

    @cached_property
    def _previous_ids(self) -> frozenset[str]:
        previous = self._settings.calendar.get_previous(self._day)
        return frozenset(self._warehouse.read(ARXIV_LISTING, [previous])["id"])

    def _look_up(self, ids: set[str]) -> None:
        """Ask the API for papers that it was not asked for yet."""
        self._papers.update(self._api.fetch_by_ids(ids - self._looked_up))
        self._looked_up |= ids

    def _judge(self, feed: AnnouncementFeed) -> Judgement:
        """What is believed, with what the API knows of the papers outside the window."""
        window_papers = self._window_papers
        ids = {item.id for item in feed.announcements}
        new = {item.id for item in feed.announcements if item.announce_type == "new"}
        if window_papers is not None and (feed.day == self._day or 2 * len(new & window_papers.keys()) > len(new)):
            self._look_up(ids - window_papers.keys())
        calendar = self._settings.calendar
        window, earlier_window = (calendar.get_window(day) for day in (self._day, calendar.get_previous(self._day)))
        assert window is not None, f"{self._day} has a mailing"
        listed = self._previous_ids
        known = {id: paper.published for id in ids if (paper := self._papers.get(id)) and paper.published}
        return judge_feed(
            feed,
            self._day,
            self._categories,
            window_ids=None if window_papers is None else window_papers.keys(),
            earlier_ids=listed or {id for id, time in known.items() if earlier_window and time in earlier_window},
            outside_window={id: time < window.start for id, time in known.items() if not listed or time >= window.end},
        )


def _is_exact(believed: Iterable[_Statement]) -> bool:
    """Whether papers of the window that were not named were not announced: two whole witnesses, or the catch-up page."""
    whole = {item.witness for item in believed if item.judgement.verdict == "whole" and not item.unreadable}
    return "catchup" in whole or {"feed", "listing"} <= whole
