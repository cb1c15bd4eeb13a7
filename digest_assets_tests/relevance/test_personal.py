"""What a paper is for a reader: by library, marks, follows; total, stable, and private to the reader."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.config.report_formats import Topic
from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.personal import DayCandidates, KnownPaper, ReaderProfile
from digest_assets.relevance.scoring import score_day, score_day_to_frame, select_candidates
from digest_assets.relevance.tables import RELEVANCE, RelevanceRow
from digest_assets.testing.row_factories import FRIDAY, make_paper
from digest_assets_tests.examples import take_examples

THURSDAY = date(2025, 12, 4)
SUBJECTS = {
    "splats": ("Gaussian splatting of streets", "Splats render driving scenes in real time."),
    "grasps": ("Grasping of soft objects", "A robot hand learns to hold deformable objects."),
    "tokens": ("Tokens of language models", "We count which tokens a language model predicts."),
    "reefs": ("Counting fish on reefs", "Cameras under water count animals of coral reefs."),
}
KNOWN = {name: KnownPaper(f"2401.0000{n}", *words) for n, (name, words) in enumerate(SUBJECTS.items(), start=1)}
DAY = [
    make_paper(f"2512.0000{n}", title=title, abstract=abstract, authors=(f"A. Author{n}", "B. Other"))
    for n, (title, abstract) in enumerate(SUBJECTS.values(), start=1)
]
IDS = dict(zip(SUBJECTS, (paper.id for paper in DAY), strict=True))
subjects = st.sampled_from(sorted(SUBJECTS))
readers = st.builds(
    lambda library, liked, disliked: ReaderProfile(
        "anna",
        library=tuple(KNOWN[name] for name in library),
        marked=(*((KNOWN[name], "liked") for name in liked), *((KNOWN[name], "not_interested") for name in disliked)),
    ),
    st.lists(subjects, max_size=3, unique=True),
    st.lists(subjects, max_size=2, unique=True),
    st.lists(subjects, max_size=2, unique=True),
)


def score(reader: ReaderProfile, papers: Sequence[PaperRow] = DAY) -> dict[str, RelevanceRow]:
    return {row.id: row for row in score_day(FRIDAY, papers, [reader])}


def find_first(reader: ReaderProfile, papers: Sequence[PaperRow] = DAY) -> RelevanceRow:
    return next(row for row in score(reader, papers).values() if row.position == 1)


@given(readers, st.permutations(DAY))
@take_examples(25)
def test_the_order_is_total_and_does_not_depend_on_the_order_of_the_papers(
    reader: ReaderProfile, papers: list[PaperRow]
) -> None:
    rows = score_day(FRIDAY, papers, [reader])
    assert rows == score_day(FRIDAY, DAY, [reader])
    assert [row.position for row in rows] == [1, 2, 3, 4]
    assert [(-row.score, row.id) for row in rows] == sorted((-row.score, row.id) for row in rows)


@given(readers, subjects, st.sampled_from(["liked", "saved", "read", "not_interested"]))
@take_examples(25)
def test_a_mark_moves_only_papers_that_share_words_with_the_marked_one(
    reader: ReaderProfile, marked: str, kind: str
) -> None:
    before = score(reader)
    more = ReaderProfile("anna", library=reader.library, marked=(*reader.marked, (KNOWN[marked], kind)))  # type: ignore[arg-type]
    after = score(more)
    near = DayCandidates.from_papers(DAY).compare([KNOWN[marked]])[:, 0]
    for paper, similarity in zip(DAY, near, strict=True):
        change = after[paper.id].score - before[paper.id].score
        assert change == 0 or similarity > 0
        assert change <= 0 if kind == "not_interested" else change >= 0


@given(readers, readers)
@take_examples(15)
def test_what_one_reader_marks_never_changes_anothers_order(one: ReaderProfile, other: ReaderProfile) -> None:
    bert = ReaderProfile("bert", library=(KNOWN["reefs"],))
    assert [row for row in score_day(FRIDAY, DAY, [one, bert]) if row.reader == "bert"] == [
        row for row in score_day(FRIDAY, DAY, [other, bert]) if row.reader == "bert"
    ]


def test_as_a_frame_it_is_the_same_rows() -> None:
    some = [ReaderProfile("bert", library=(KNOWN["reefs"],)), ReaderProfile("anna", library=(KNOWN["grasps"],))]
    assert score_day_to_frame(FRIDAY, DAY, some).equals(RELEVANCE.to_frame(score_day(FRIDAY, DAY, some)))


def test_what_is_near_the_library_comes_first_and_the_reason_names_it() -> None:
    first = find_first(ReaderProfile("", library=(KNOWN["grasps"],)))
    assert first.id == IDS["grasps"]
    assert first.reason.startswith("near “Grasping of soft objects” in your library")
    assert first.nearest[0].key == KNOWN["grasps"].key
    assert first.nearest[0].shared[:2] == ("soft objects", "grasping")


def test_a_namesake_with_another_first_name_is_nobody_of_the_library() -> None:
    library = (replace(KNOWN["grasps"], authors=("Anna Other",)),)
    papers = [paper.model_copy(update={"authors": ("Bert Other",)}) for paper in DAY]
    assert not [row for row in score(ReaderProfile("", library=library), papers).values() if "by " in row.reason]
    assert (
        "by Bert Other"
        in score(ReaderProfile("", library=(replace(library[0], authors=("Other, B.",)),)), papers)[
            IDS["grasps"]
        ].reason
    )


def test_papers_that_share_common_words_alone_are_not_called_near() -> None:
    long = make_paper("2512.00009", title="Rivers", abstract=f"{' '.join(f'word{n}' for n in range(60))} of a hand.")
    row = score(ReaderProfile("", library=(KNOWN["grasps"],)), [*DAY, long])[long.id]
    assert (row.similarity, row.nearest) == (0.0, ())


def test_what_differs_from_the_nearest_paper_is_said() -> None:
    paper = make_paper(
        "2512.00009", title="Grasping by drones", abstract="A drone learns to hold soft objects in rain."
    )
    row = find_first(ReaderProfile("", library=(KNOWN["grasps"],)), [paper, *DAY[2:]])
    assert row.id == paper.id
    assert {"rain", "drones"} & set(" ".join(row.nearest[0].differs).split())


@pytest.mark.parametrize(
    ("reader", "reason"),
    [
        (ReaderProfile("", authors=("Author4, Anna",)), "follows Author4, Anna"),
        (ReaderProfile("", topics=(Topic(name="coral reefs"),)), "matches coral reefs"),
        (ReaderProfile("", marked=((KNOWN["reefs"], "liked"),)), "which you liked"),
        (ReaderProfile("", marked=((KNOWN["reefs"], "saved"),)), "which you saved"),
    ],
)
def test_follows_topics_and_marks_bring_a_paper_to_the_top_and_say_so(reader: ReaderProfile, reason: str) -> None:
    assert find_first(reader).id == IDS["reefs"]
    assert reason in find_first(reader).reason


def test_a_lab_is_followed_by_a_part_of_its_name() -> None:
    papers = [*DAY[1:], DAY[0].model_copy(update={"organization": "Google DeepMind"})]
    assert find_first(ReaderProfile("", labs=("deepmind",)), papers).followed == ("deepmind",)


def test_a_co_author_of_the_library_is_named_with_the_paper() -> None:
    known = KnownPaper("2401.00009", "A talk", authors=("A. Author2",))
    row = score(ReaderProfile("", library=(known,)))[IDS["grasps"]]
    assert "by A. Author2, an author of “A talk” in your library" in row.reason


def test_of_no_interest_is_what_is_like_it_and_it_comes_last() -> None:
    rows = score(ReaderProfile("", marked=((KNOWN["tokens"], "not_interested"),)))
    assert rows[IDS["tokens"]].position == 4


def test_without_anything_known_the_prior_alone_orders() -> None:
    rows = score_day(FRIDAY, DAY, [ReaderProfile("")])
    assert not any(row.is_personal or row.nearest for row in rows)
    assert all(one.prior >= next_.prior or one.score == next_.score for one, next_ in itertools.pairwise(rows))


def test_a_paper_of_an_earlier_mailing_is_scored_and_has_no_place() -> None:
    earlier = DAY[0].model_copy(update={"mailing": THURSDAY, "announce_type": None, "hf_position": 1})
    rows = {row.id: row for row in score_day(FRIDAY, [earlier, *DAY[1:]], [ReaderProfile("")])}
    assert rows[earlier.id].position is None
    assert sorted(row.position or 0 for row in rows.values()) == [0, 1, 2, 3]


def test_candidates_are_what_the_day_brings_and_nobody_withdrew() -> None:
    cross = make_paper("2512.00011", announce_type="cross")
    on_page = make_paper("2512.00012", announce_type=None, hf_position=1)
    earlier = make_paper("2512.00013", announce_type=None, hf_position=1, mailing=THURSDAY)
    withdrawn = make_paper("2512.00014", withdrawal="Wrong.")
    assert select_candidates(FRIDAY, [*DAY, cross, on_page, earlier, withdrawn]) == [*DAY, on_page]
