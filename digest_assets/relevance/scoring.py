"""A day's papers scored for every reader: the rows of `relevance`."""

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.personal import DayCandidates, ReaderProfile
from digest_assets.relevance.tables import RelevanceRow

_EXPLAINED = 50  # places of a reader's order that say what is shared and what differs: more than any report shows


def score_day(day: date, papers: Sequence[PaperRow], readers: Iterable[ReaderProfile]) -> list[RelevanceRow]:
    """Each of the day's papers for each reader, in the reader's order; of equals the smallest id first."""
    shared = DayCandidates.from_papers(papers)
    new = {paper.id for paper in select_candidates(day, papers)}
    return [row for reader in readers for row in _score_reader(day, shared, reader, new)]


def _score_reader(
    day: date, shared: DayCandidates, reader: ReaderProfile, new: Collection[str]
) -> Iterator[RelevanceRow]:
    scores = shared.score(reader)
    known = {paper.key: paper for paper in (*reader.library, *(paper for paper, _ in reader.marked))}
    order = sorted(range(len(scores)), key=lambda index: (-scores[index].score, shared.papers[index].id))
    places = itertools.count(1)
    for index in order:
        position = next(places) if shared.papers[index].id in new else None
        score, nearest = scores[index], list(scores[index].nearest)
        if nearest and position is not None and position <= _EXPLAINED:
            common, differs = shared.name_differences(index, known[nearest[0].key])
            nearest[0] = nearest[0].model_copy(update={"shared": common, "differs": differs})
        yield RelevanceRow(
            day=day,
            reader=reader.name,
            id=shared.papers[index].id,
            position=position,
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
