from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.relevance.similarity import TEXT_SCHEMA, Neighbour, TermWeighting, find_nearest, read_archive
from digest_assets.warehouse import Warehouse

SPLATS = ("2512.00001", "Gaussian splatting of street scenes", "We render driving scenes from splats in real time.")
GRASPS = ("2512.00002", "Grasping of soft objects", "A robot hand learns to grasp deformable objects.")
TOKENS = ("2512.00003", "Tokens of a language model", "We count which tokens a model of language predicts.")
MORE_SPLATS = ("2511.00001", "Street scenes by Gaussian splatting", "Splats render driving scenes fast.")
MORE_GRASPS = ("2511.00002", "A hand that grasps", "Deformable objects in a robot hand.")


def make_texts(*papers: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(list(papers), schema=TEXT_SCHEMA, orient="row")


def test_a_papers_similarity_to_itself_is_one_and_to_what_shares_no_word_is_nought() -> None:
    texts = make_texts(SPLATS, ("2512.00009", "Zeolites", "Zeolites adsorb."))
    vectors = TermWeighting.fit(texts).vectorize(texts)
    assert vectors.compare(vectors) == pytest.approx(np.eye(2), abs=1e-6)


def test_the_nearest_are_about_the_same_and_come_nearest_first() -> None:
    day, archive = make_texts(SPLATS, GRASPS, TOKENS), make_texts(MORE_GRASPS, MORE_SPLATS)
    weighting = TermWeighting.fit(pl.concat([day, archive]))
    splats, grasps, tokens = find_nearest(weighting.vectorize(day), [weighting.vectorize(archive)], 2)
    assert [neighbour.id for neighbour in splats][:1] == ["2511.00001"]
    assert [neighbour.id for neighbour in grasps][:1] == ["2511.00002"]
    assert max((neighbour.similarity for neighbour in tokens), default=0.0) < 0.2


def test_nearest_neighbours_are_the_same_however_the_archive_is_cut() -> None:
    day = make_texts(SPLATS, GRASPS, TOKENS)
    weighting = TermWeighting.fit(day)
    archive = [MORE_SPLATS, MORE_GRASPS, SPLATS, *((f"2510.{n:05}", *MORE_SPLATS[1:]) for n in range(9))]
    papers = weighting.vectorize(day)
    whole = find_nearest(papers, [weighting.vectorize(make_texts(*archive))], 3)
    one_by_one = find_nearest(papers, [weighting.vectorize(make_texts(paper)) for paper in archive], 3)
    assert whole == one_by_one
    assert [neighbour.id for neighbour in whole[0]] == ["2510.00000", "2510.00001", "2510.00002"]  # of equals, by id


def test_a_paper_is_no_neighbour_of_itself_and_stands_once() -> None:
    day = make_texts(SPLATS)
    weighting = TermWeighting.fit(day)
    again = weighting.vectorize(make_texts(SPLATS, MORE_SPLATS))
    (nearest,) = find_nearest(weighting.vectorize(day), [again, again], 5)
    assert [neighbour.id for neighbour in nearest] == ["2511.00001"]
    assert isinstance(nearest[0], Neighbour)


def test_papers_without_words_are_near_nothing() -> None:
    texts = make_texts(("2512.00001", "", ""), SPLATS)
    vectors = TermWeighting.fit(texts).vectorize(texts)
    assert find_nearest(vectors, [vectors], 3) == [[], []]
    empty = make_texts()
    assert TermWeighting.fit(empty).vectorize(empty).compare(vectors).shape == (0, 2)


def test_the_archive_is_all_earlier_days(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "digest.duckdb")
    days = {date(2025, 12, 1): MORE_SPLATS, date(2025, 12, 2): MORE_GRASPS, date(2025, 12, 3): SPLATS}
    for day, (id_, title, abstract) in days.items():
        row = PaperRow(day=day, id=id_, title=title, abstract=abstract, authors=(), categories=(), sources=())
        warehouse.replace_days(PAPERS, [day], PAPERS.to_frame([row]))
    weighting = TermWeighting.fit(make_texts(SPLATS))
    archived = [id_ for batch in read_archive(warehouse, weighting, date(2025, 12, 3)) for id_ in batch.ids]
    assert archived == ["2511.00001", "2511.00002"]
