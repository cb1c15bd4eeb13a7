"""A day's papers scored for every reader: the rows of `relevance`."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

import polars as pl

from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.personal import DayCandidates, ReaderProfile
from digest_assets.relevance.tables import RELEVANCE, RelevanceRow

_EXPLAINED = 50  # places of a reader's order that say what is shared and what differs: more than any report shows


def score_day(day: date, papers: Sequence[PaperRow], readers: Iterable[ReaderProfile]) -> list[RelevanceRow]:
    """Each of the day's papers for each reader, in the reader's order; of equals the smallest id first."""
    return [row for rows in _score_readers(day, papers, readers) for row in rows]


def score_day_to_frame(day: date, papers: Sequence[PaperRow], readers: Iterable[ReaderProfile]) -> pl.DataFrame:
    """The same as a frame. It is put together a reader at a time, and each reader's part goes through Arrow's format: rows
    of fifty readers are 200 MB, and so are the buffers in which Polars builds nested columns and which it keeps with them.
    """
    frames = [RELEVANCE.to_frame()]
    for rows in _score_readers(day, papers, readers):
        buffer = RELEVANCE.to_frame(rows).write_ipc(None)
        buffer.seek(0)
        frames.append(pl.read_ipc(buffer))
    return pl.concat(frames).sort(RELEVANCE.sort_columns)


def _score_readers(
    day: date, papers: Sequence[PaperRow], readers: Iterable[ReaderProfile]
) -> Iterator[Iterator[RelevanceRow]]:
    shared = DayCandidates.from_papers(papers)
    new = {paper.id for paper in select_candidates(day, papers)}
    for reader in readers:
        yield _score_reader(day, shared, reader, new)


def _score_reader(
    day: date, shared: DayCandidates, reader: ReaderProfile, new: Collection[str]
) -> Iterator[RelevanceRow]:
    scores = shared.score(reader)
    known = {paper.key: paper for paper in (*reader.library, *(paper for paper, _ in reader.marked))}
    order = sorted(range(len(scores)), key=lambda index: (-scores[index].score, shared.papers[index].id))
    places = {
        index: place for place, index in enumerate((one for one in order if shared.papers[one].id in new), start=1)
    }
    explained = [index for index, place in places.items() if place <= _EXPLAINED and scores[index].nearest]
    pairs = [(index, known[scores[index].nearest[0].key]) for index in explained]
    differences = dict(zip(explained, shared.name_differences(pairs), strict=True))
    for index in order:
        score, nearest = scores[index], list(scores[index].nearest)
        if index in differences:
            common, differs = differences[index]
            nearest[0] = nearest[0].model_copy(update={"shared": common, "differs": differs})
        yield RelevanceRow(
            day=day,
            reader=reader.name,
            id=shared.papers[index].id,
            position=places.get(index),
            score=score.score,
            prior=score.prior,
            similarity=score.similarity,
            nearest=tuple(nearest),
            followed=score.followed,
            topics=score.topics,
            reason=score.reason,
            is_personal=bool(reader),
        )


def select_candidates(day: date, papers: Iterable[PaperRow]) -> list[PaperRow]:
    """The papers that a day brings: new in its mailing, or submitted for it and on Hugging Face's page.

    A paper has one mailing. So it is a candidate once, whichever days are made in whichever order, and no reader is shown
    it twice as new.
    """
    return [
        paper
        for paper in papers
        if paper.mailing in (None, day)
        and (paper.announce_type == "new" or (paper.announce_type is None and paper.hf_position is not None))
        and paper.withdrawal is None
    ]
