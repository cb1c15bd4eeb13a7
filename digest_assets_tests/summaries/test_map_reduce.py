"""Long papers: divided by sections, merged by meaning."""

from hypothesis import given
from hypothesis import strategies as st

from digest_assets.llm.requests import estimate_tokens
from digest_assets.summaries.map_reduce import Notes, merge_notes, split_sections
from digest_assets.texts.tables import Section

SECTIONS = st.lists(
    st.builds(
        Section,
        role=st.sampled_from(["introduction", "method", "results", "other"]),
        level=st.just(1),
        heading=st.text("ab ", max_size=8),
        text=st.lists(st.text("abcdefgh 亿", min_size=1, max_size=400), min_size=1, max_size=6).map("\n\n".join),
    ),
    max_size=8,
)


@given(sections=SECTIONS, tokens=st.integers(20, 400))
def test_parts_hold_all_the_text_in_order_and_fit(sections: list[Section], tokens: int) -> None:
    parts = split_sections(sections, tokens)
    flat = [piece for part in parts for piece in part]
    assert "".join(piece.text for piece in flat).replace("\n", "") == "".join(s.text for s in sections).replace(
        "\n", ""
    )
    for part in parts:
        # A single piece may carry its heading, and the blank lines between its paragraphs, beyond the limit.
        assert sum(estimate_tokens(piece.text) for piece in part) <= tokens + 2 * len(part) + 10


def section(role: str, text: str = "text") -> Section:
    return Section.model_validate({"role": role, "level": 1, "heading": role, "text": text})


def notes(**values: tuple[str, ...]) -> Notes:
    return Notes.model_validate({**dict.fromkeys(Notes.model_fields, ()), **values})


def test_results_come_from_the_results_sections_whatever_part_comes_last() -> None:
    parts = [
        ([section("introduction")], notes(results=("promised: 90%",), problem=("night maps",))),
        ([section("results")], notes(results=("measured: 61.5%",))),
        ([section("other")], notes(results=("an appendix repeats: 12%",), problem=("something else",))),
    ]
    text = {part.heading: part.text for part in merge_notes(parts)}
    assert text["Notes: results"] == "measured: 61.5%"
    assert text["Notes: problem"] == "night maps"


def test_where_no_part_speaks_with_authority_all_are_heard() -> None:
    parts = [([section("other")], notes(results=("1%",))), ([section("method")], notes(results=("2%", "1%")))]
    assert merge_notes(parts)[0].text == "1%\n\n2%"


def test_a_field_that_no_part_speaks_of_is_absent() -> None:
    assert [part.role for part in merge_notes([([section("method")], notes(method=("steps",)))])] == ["method"]
