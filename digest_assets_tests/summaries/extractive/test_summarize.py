"""Summaries without a model: the paper's own sentences, each in the field where it belongs."""

from digest_assets.summaries.extractive.summarize import extract_summary
from digest_assets.summaries.schemas import FieldReview
from digest_assets.texts.sentences import split_sentences
from digest_assets_tests.summaries.extractive.invented_paper import (
    ABSTRACT,
    extract_from_abstract,
    make_paper,
    make_text,
)


def test_a_category_digest_has_each_field_from_its_sentence_and_none_that_leans() -> None:
    assert extract_from_abstract("category_digest") == {
        "tldr": ABSTRACT[2],
        "motivation": "Existing layouts often fail on networks with hubs.",
        "method": f"{ABSTRACT[2]} {ABSTRACT[3]}",
        "result": ABSTRACT[4],
        "conclusion": ABSTRACT[5],
    }


def test_a_daily_table_has_four_to_six_sentences_in_the_papers_order() -> None:
    summary = str(extract_from_abstract("daily_table")["summary"])
    picked = split_sentences(summary)
    assert 4 <= len(picked) <= 6
    places = [next(n for n, line in enumerate(ABSTRACT) if sentence[1:] in line) for sentence in picked]
    assert places == sorted(places)
    assert ABSTRACT[2] in picked
    assert ABSTRACT[4] in picked


def test_a_short_abstract_gives_what_can_stand_alone() -> None:
    assert (
        split_sentences(str(extract_from_abstract("daily_table", " ".join(ABSTRACT[2:4]))["summary"]))[0] == ABSTRACT[2]
    )


def test_results_come_from_the_results_and_carry_their_numbers() -> None:
    text = make_text(
        ("abstract", " ".join(ABSTRACT[:4])),
        ("method", "Discs have a radius of 3.5 units. Folding is repeated for each hub of the network in turn."),
        (
            "results",
            "We use one machine for all runs. HubFold outperforms the best baseline by 41.5% on large networks.",
        ),
    )
    digest = extract_summary("topic_digest", make_paper(" ".join(ABSTRACT[:4])), text).model_dump()
    assert digest["main_results"] == ("HubFold outperforms the best baseline by 41.5% on large networks",)


def test_limitations_and_future_work_come_from_their_sections() -> None:
    text = make_text(
        ("abstract", " ".join(ABSTRACT)),
        (
            "limitations",
            "Our current layout only handles networks without direction, which is a limit for citation graphs.",
        ),
        ("conclusion", "We have shown a layout. In future work we plan to fold communities of nodes as well as hubs."),
    )
    digest = extract_summary("topic_digest", make_paper(" ".join(ABSTRACT)), text)
    assert digest.model_dump()["limitations"] == (
        "Our current layout only handles networks without direction, which is a limit for citation graphs",
    )
    assert digest.model_dump()["future_work"] == (
        "In future work we plan to fold communities of nodes as well as hubs",
    )


def test_key_findings_are_results_that_the_analysis_does_not_tell() -> None:
    abstract = " ".join(ABSTRACT)
    alone = extract_summary("field_review", make_paper(abstract), make_text(("abstract", abstract)))
    assert isinstance(alone, FieldReview)
    assert (alone.results, alone.key_findings) == (ABSTRACT[4], ())
    results = (
        "HubFold outperforms the best tree layout by 12.5% on citation graphs. "
        "Drawing time improves by 3.1× over the same program without discs. "
        "Readers of its pictures reach an accuracy of 88.2% in tracing a path from one hub to another. "
        "We used a batch of 64 networks for all runs."
    )
    ablation = "Without discs of equal size the crossings rise by 9.5%."
    full = extract_summary(
        "field_review",
        make_paper(abstract),
        make_text(("abstract", abstract), ("results", results), ("ablation", ablation)),
    )
    assert isinstance(full, FieldReview)
    findings = [finding.finding for finding in full.key_findings]
    assert ablation in findings
    assert [finding for finding in findings if finding in str(full.results) or "batch" in finding] == []


def test_a_sentence_of_the_opening_is_no_conclusion() -> None:
    hubs = "Large networks with hubs are widely used in drawing networks of people."
    digest = extract_from_abstract("category_digest", " ".join([hubs, *ABSTRACT[:5]]))
    assert digest["result"] == ABSTRACT[4]
    assert digest["conclusion"] is None


def test_the_number_stays_in_the_result_where_the_conclusion_must_borrow() -> None:
    shown = "Experiments on 12 networks demonstrate that HubFold draws readable pictures."
    digest = extract_from_abstract("category_digest", " ".join([*ABSTRACT[:4], shown, ABSTRACT[4]]))
    assert "41.5%" in str(digest["result"])


def test_what_existing_works_measure_is_no_result() -> None:
    others = "Existing layouts reach an accuracy of 61.5% on large networks with hubs."
    read = extract_summary(
        "deep_read",
        make_paper(" ".join(ABSTRACT[:4])),
        make_text(("abstract", " ".join(ABSTRACT[:4])), ("results", others)),
    )
    assert read.model_dump()["experimental_results"] == ()


def test_a_method_section_tells_the_method_in_any_words() -> None:
    abstract = " ".join([*ABSTRACT[:3], ABSTRACT[4]])
    how = "The network is cut into hubs with at most 64 neighbours."
    review = extract_summary("field_review", make_paper(abstract), make_text(("abstract", abstract), ("method", how)))
    assert review.model_dump()["method"] == how


def test_task_and_core_idea_are_two_sentences() -> None:
    digest = extract_from_abstract("topic_digest")
    assert digest["core_idea"] == ABSTRACT[2]
    assert digest["task"] == ABSTRACT[0]


def test_a_step_of_the_idea_is_not_the_core_idea() -> None:
    step = "Specifically, HubFold uses a tree of hubs to place discs and a spring model to draw them."
    digest = extract_from_abstract("topic_digest", " ".join([*ABSTRACT[1:3], step, ABSTRACT[4]]))
    assert digest["core_idea"] == ABSTRACT[2]
    assert digest["pipeline"] == step.removeprefix("Specifically, ")
    assert digest["task"] == "Existing layouts often fail on networks with hubs."


def test_the_contribution_is_the_one_that_the_title_names() -> None:
    bench = "To evaluate drawings with hubs, we introduce HubBench, a new set of drawings that forty readers judged."
    digest = extract_from_abstract("category_digest", " ".join([*ABSTRACT[:4], bench, ABSTRACT[4]]))
    assert digest["tldr"] == ABSTRACT[2]


def test_a_paragraph_does_not_begin_with_a_sentence_that_leans_on_another() -> None:
    opening = "Unfortunately, these layouts often fail and remain costly on large networks with hubs."
    summary = str(extract_from_abstract("daily_table", " ".join([ABSTRACT[0], opening, *ABSTRACT[2:]]))["summary"])
    assert summary.startswith(ABSTRACT[0])


def test_a_method_whose_next_step_leans_on_the_tldr_is_told_whole() -> None:
    steps = ["This layout uses the degree to find hubs.", "We use a quadtree to draw each hub as a disc of equal size."]
    digest = extract_from_abstract("category_digest", " ".join([*ABSTRACT[:3], *steps, *ABSTRACT[4:]]))
    assert digest["tldr"] == ABSTRACT[2]
    assert digest["method"] == " ".join([ABSTRACT[2], *steps])


def test_an_abstract_that_brings_nothing_has_its_result_as_tldr() -> None:
    digest = extract_from_abstract("category_digest", " ".join([*ABSTRACT[:2], *ABSTRACT[4:]]))
    assert digest["tldr"] == ABSTRACT[4]


def test_how_to_use_it_says_only_what_the_papers_own_work_takes_and_needs() -> None:
    others = "Existing pipelines first train a model to generate drawings and then need a GPU-oriented renderer."
    inside = "The first is a layer of discs, and the second is a layer of edges that outputs a list of points."
    text = make_text(("abstract", " ".join([others, *ABSTRACT[2:]])), ("method", inside))
    usage = extract_summary("deep_read", make_paper(" ".join(ABSTRACT[2:])), text).model_dump()["usage"]
    assert [usage[name] for name in ("input", "output", "workflow", "hardware")] == [None, None, None, None]
    own = "HubFold takes a list of edges as input. Our method draws each network on a single GPU in 2 s."
    text = make_text(("abstract", " ".join([*ABSTRACT[:3], own, *ABSTRACT[4:]])))
    usage = extract_summary("deep_read", make_paper(" ".join(ABSTRACT)), text).model_dump()["usage"]
    assert usage["input"] == "HubFold takes a list of edges as input."
    assert usage["hardware"] == "Our method draws each network on a single GPU in 2 s."


def test_a_model_trained_on_public_data_is_no_released_code() -> None:
    result = "The model trained with publicly available data reaches an accuracy of 91.5% on 12 networks."
    read = extract_from_abstract("deep_read", " ".join([*ABSTRACT[:4], result]))
    assert read["usage"]["code"] is None
    assert read["experimental_results"] == (result,)


def test_innovations_have_a_short_lead() -> None:
    innovations = extract_from_abstract("deep_read")["innovations"]
    assert isinstance(innovations, tuple)
    assert innovations[0] == {"lead": "HubFold", "detail": ABSTRACT[2]}


def test_an_innovation_that_names_nothing_is_not_listed_and_the_contribution_not_told_twice() -> None:
    lines = [
        *ABSTRACT[:3],
        "To keep discs apart, we propose the Rolling Spacer, which moves each disc by its radius.",
        "Discs taken from a large network are drawn in one pass by using a fast module.",
        "We further introduce a robust and fast method for edges.",
    ]
    innovations = extract_from_abstract("deep_read", " ".join(lines))["innovations"]
    assert isinstance(innovations, tuple)
    assert [item["lead"] for item in innovations] == ["Rolling Spacer"]


def test_code_and_keywords_are_what_the_source_gave() -> None:
    paper = make_paper(" ".join(ABSTRACT), code_url="https://github.com/a/b", hf_keywords=("graphs", "layout"))
    read = extract_summary("deep_read", paper, make_text(("abstract", paper.abstract))).model_dump()
    assert read["usage"]["code"] == "https://github.com/a/b"
    assert read["application_area"] == "Keywords at Hugging Face: graphs; layout"


def test_what_earlier_works_leave_open_names_them_and_is_told_once() -> None:
    gap = "Existing layout methods often fail on hubs."
    told = extract_from_abstract("topic_digest", " ".join([ABSTRACT[0], gap, *ABSTRACT[2:]]))
    assert (told["motivation"], told["related_work"]) == (gap, ())
    also = extract_from_abstract("topic_digest", " ".join([*ABSTRACT[:2], *ABSTRACT[2:], gap]))
    assert also["related_work"] == ({"work": "Existing layout methods", "challenge": gap.rstrip(".")},)


def test_what_the_paper_does_not_speak_of_is_absent() -> None:
    digest = extract_from_abstract("topic_digest")
    assert digest["complexity"] is None
    assert digest["ablations"] == digest["limitations"] == digest["future_work"] == ()
