"""Summaries without a model: the paper's own sentences, each where it belongs."""

import gzip
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest_assets.config.fields import FORMATS
from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.extractive.cues import is_availability
from digest_assets.summaries.extractive.openings import drop_connective, leans_on_another
from digest_assets.summaries.extractive.prose import strip_citations
from digest_assets.summaries.extractive.summarize import extract_summary
from digest_assets.summaries.schemas import FieldReview, get_schema
from digest_assets.texts.sentences import split_sentences
from digest_assets.texts.tables import Role, Section, TextRow

DAY = date(2025, 12, 5)
ABSTRACT = [
    "Graph drawing has become a key tool for the study of large networks.",
    "However, existing layouts often fail on networks with hubs.",
    "We propose HubFold, a layout that folds each hub before it places the rest.",
    "Specifically, it first finds hubs by their degree and then draws them as discs of equal size.",
    "Experiments on 12 networks show that HubFold reduces edge crossings by 41.5% over the best baseline.",
    "These results suggest that folding paves the way for readable drawings of social networks.",
    "Code is available at https://example.org/hubfold.",
]
TITLE = "HubFold: Drawing Networks with Hubs"


def _paper(abstract: str, title: str = TITLE, **more: Any) -> PaperRow:
    return PaperRow(
        day=DAY, id="2512.00001", title=title, abstract=abstract, authors=("A. Author",), categories=("cs.HC",),
        sources=("arxiv_listing",), **more,
    )  # fmt: skip


def _text(*sections: tuple[Role, str]) -> TextRow:
    parts = tuple(Section(role=role, level=1, heading=role, text=text) for role, text in sections)
    size = sum(len(part.text) for part in parts)
    return TextRow(day=DAY, id="2512.00001", source="html", sections=parts, characters=size, sha256=str(hash(parts)))


def _of_abstract(report: str, abstract: str = " ".join(ABSTRACT)) -> dict[str, Any]:
    return extract_summary(report, _paper(abstract), _text(("abstract", abstract))).model_dump()


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _strings(inner)]
    return [text for inner in value for text in _strings(inner)] if isinstance(value, list | tuple) else []


def test_a_category_digest_has_each_field_from_its_sentence_and_none_that_leans() -> None:
    assert _of_abstract("category_digest") == {
        "tldr": ABSTRACT[2],
        "motivation": "Existing layouts often fail on networks with hubs.",
        "method": f"{ABSTRACT[2]} {ABSTRACT[3]}",
        "result": ABSTRACT[4],
        "conclusion": ABSTRACT[5],
    }


def test_a_daily_table_has_four_to_six_sentences_in_the_papers_order() -> None:
    summary = str(_of_abstract("daily_table")["summary"])
    picked = split_sentences(summary)
    assert 4 <= len(picked) <= 6
    places = [next(n for n, line in enumerate(ABSTRACT) if sentence[1:] in line) for sentence in picked]
    assert places == sorted(places)
    assert ABSTRACT[2] in picked
    assert ABSTRACT[4] in picked


def test_a_short_abstract_gives_what_can_stand_alone() -> None:
    assert split_sentences(str(_of_abstract("daily_table", " ".join(ABSTRACT[2:4]))["summary"]))[0] == ABSTRACT[2]


def test_results_come_from_the_results_and_carry_their_numbers() -> None:
    text = _text(
        ("abstract", " ".join(ABSTRACT[:4])),
        ("method", "Discs have a radius of 3.5 units. Folding is repeated for each hub of the network in turn."),
        (
            "results",
            "We use one machine for all runs. HubFold outperforms the best baseline by 41.5% on large networks.",
        ),
    )
    digest = extract_summary("topic_digest", _paper(" ".join(ABSTRACT[:4])), text).model_dump()
    assert digest["main_results"] == ("HubFold outperforms the best baseline by 41.5% on large networks",)


def test_limitations_and_future_work_come_from_their_sections() -> None:
    text = _text(
        ("abstract", " ".join(ABSTRACT)),
        (
            "limitations",
            "Our current layout only handles networks without direction, which is a limit for citation graphs.",
        ),
        ("conclusion", "We have shown a layout. In future work we plan to fold communities of nodes as well as hubs."),
    )
    digest = extract_summary("topic_digest", _paper(" ".join(ABSTRACT)), text)
    assert digest.model_dump()["limitations"] == (
        "Our current layout only handles networks without direction, which is a limit for citation graphs",
    )
    assert digest.model_dump()["future_work"] == (
        "In future work we plan to fold communities of nodes as well as hubs",
    )


def test_key_findings_are_results_that_the_analysis_does_not_tell() -> None:
    abstract = " ".join(ABSTRACT)
    alone = extract_summary("field_review", _paper(abstract), _text(("abstract", abstract)))
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
        _paper(abstract),
        _text(("abstract", abstract), ("results", results), ("ablation", ablation)),
    )
    assert isinstance(full, FieldReview)
    findings = [finding.finding for finding in full.key_findings]
    assert ablation in findings
    assert [finding for finding in findings if finding in str(full.results) or "batch" in finding] == []


def test_a_sentence_of_the_opening_is_no_conclusion() -> None:
    hubs = "Large networks with hubs are widely used in drawing networks of people."
    digest = _of_abstract("category_digest", " ".join([hubs, *ABSTRACT[:5]]))
    assert digest["result"] == ABSTRACT[4]
    assert digest["conclusion"] is None


def test_the_number_stays_in_the_result_where_the_conclusion_must_borrow() -> None:
    shown = "Experiments on 12 networks demonstrate that HubFold draws readable pictures."
    digest = _of_abstract("category_digest", " ".join([*ABSTRACT[:4], shown, ABSTRACT[4]]))
    assert "41.5%" in str(digest["result"])


def test_what_existing_works_measure_is_no_result() -> None:
    others = "Existing layouts reach an accuracy of 61.5% on large networks with hubs."
    read = extract_summary(
        "deep_read", _paper(" ".join(ABSTRACT[:4])), _text(("abstract", " ".join(ABSTRACT[:4])), ("results", others))
    )
    assert read.model_dump()["experimental_results"] == ()


def test_a_method_section_tells_the_method_in_any_words() -> None:
    abstract = " ".join([*ABSTRACT[:3], ABSTRACT[4]])
    how = "The network is cut into hubs with at most 64 neighbours."
    review = extract_summary("field_review", _paper(abstract), _text(("abstract", abstract), ("method", how)))
    assert review.model_dump()["method"] == how


def test_task_and_core_idea_are_two_sentences() -> None:
    digest = _of_abstract("topic_digest")
    assert digest["core_idea"] == ABSTRACT[2]
    assert digest["task"] == ABSTRACT[0]


def test_a_step_of_the_idea_is_not_the_core_idea() -> None:
    step = "Specifically, HubFold uses a tree of hubs to place discs and a spring model to draw them."
    digest = _of_abstract("topic_digest", " ".join([*ABSTRACT[1:3], step, ABSTRACT[4]]))
    assert digest["core_idea"] == ABSTRACT[2]
    assert digest["pipeline"] == step.removeprefix("Specifically, ")
    assert digest["task"] == "Existing layouts often fail on networks with hubs."


def test_the_contribution_is_the_one_that_the_title_names() -> None:
    bench = "To evaluate drawings with hubs, we introduce HubBench, a new set of drawings that forty readers judged."
    digest = _of_abstract("category_digest", " ".join([*ABSTRACT[:4], bench, ABSTRACT[4]]))
    assert digest["tldr"] == ABSTRACT[2]


def test_a_paragraph_does_not_begin_with_a_sentence_that_leans_on_another() -> None:
    opening = "Unfortunately, these layouts often fail and remain costly on large networks with hubs."
    summary = str(_of_abstract("daily_table", " ".join([ABSTRACT[0], opening, *ABSTRACT[2:]]))["summary"])
    assert summary.startswith(ABSTRACT[0])


def test_how_to_use_it_says_only_what_the_papers_own_work_takes_and_needs() -> None:
    others = "Existing pipelines first train a model to generate drawings and then need a GPU-oriented renderer."
    inside = "The first is a layer of discs, and the second is a layer of edges that outputs a list of points."
    text = _text(("abstract", " ".join([others, *ABSTRACT[2:]])), ("method", inside))
    usage = extract_summary("deep_read", _paper(" ".join(ABSTRACT[2:])), text).model_dump()["usage"]
    assert [usage[name] for name in ("input", "output", "workflow", "hardware")] == [None, None, None, None]
    own = "HubFold takes a list of edges as input. Our method draws each network on a single GPU in 2 s."
    text = _text(("abstract", " ".join([*ABSTRACT[:3], own, *ABSTRACT[4:]])))
    usage = extract_summary("deep_read", _paper(" ".join(ABSTRACT)), text).model_dump()["usage"]
    assert usage["input"] == "HubFold takes a list of edges as input."
    assert usage["hardware"] == "Our method draws each network on a single GPU in 2 s."


def test_a_model_trained_on_public_data_is_no_released_code() -> None:
    result = "The model trained with publicly available data reaches an accuracy of 91.5% on 12 networks."
    read = _of_abstract("deep_read", " ".join([*ABSTRACT[:4], result]))
    assert read["usage"]["code"] is None
    assert read["experimental_results"] == (result,)


def test_innovations_have_a_short_lead() -> None:
    innovations = _of_abstract("deep_read")["innovations"]
    assert isinstance(innovations, tuple)
    assert innovations[0] == {"lead": "HubFold", "detail": ABSTRACT[2]}


def test_an_innovation_that_names_nothing_is_not_listed_and_the_contribution_not_told_twice() -> None:
    lines = [
        *ABSTRACT[:3],
        "To keep discs apart, we propose the Rolling Spacer, which moves each disc by its radius.",
        "Discs taken from a large network are drawn in one pass by using a fast module.",
        "We further introduce a robust and fast method for edges.",
    ]
    innovations = _of_abstract("deep_read", " ".join(lines))["innovations"]
    assert isinstance(innovations, tuple)
    assert [item["lead"] for item in innovations] == ["Rolling Spacer"]


def test_code_and_keywords_are_what_the_source_gave() -> None:
    paper = _paper(" ".join(ABSTRACT), code_url="https://github.com/a/b", hf_keywords=("graphs", "layout"))
    read = extract_summary("deep_read", paper, _text(("abstract", paper.abstract))).model_dump()
    assert read["usage"]["code"] == "https://github.com/a/b"
    assert read["application_area"] == "Keywords at Hugging Face: graphs; layout"


def test_what_earlier_works_leave_open_names_them_and_is_told_once() -> None:
    gap = "Existing layout methods often fail on hubs."
    told = _of_abstract("topic_digest", " ".join([ABSTRACT[0], gap, *ABSTRACT[2:]]))
    assert (told["motivation"], told["related_work"]) == (gap, ())
    also = _of_abstract("topic_digest", " ".join([*ABSTRACT[:2], *ABSTRACT[2:], gap]))
    assert also["related_work"] == ({"work": "Existing layout methods", "challenge": gap.rstrip(".")},)


def test_what_the_paper_does_not_speak_of_is_absent() -> None:
    digest = _of_abstract("topic_digest")
    assert digest["complexity"] is None
    assert digest["ablations"] == digest["limitations"] == digest["future_work"] == ()


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("It follows others [3, 5] and [7].", "It follows others and."),
        ("It follows Smith et al. (2020) here.", "It follows Smith et al. here."),
        ("It is known (Smith et al., 2020; Jones, 2021).", "It is known."),
        ("It is known \\cite{smith} and clear (see Fig. 3).", "It is known and clear."),
        ("It keeps $x_1 \\in [1, 2]$ and (two) brackets.", "It keeps $x_1 \\in [1, 2]$ and (two) brackets."),
        ("The \\underline{\\textbf{A}}gentic R\\'{e}nyi set holds 22{,}879 at 2{\\deg} of {\\mu}m.",
         "The Agentic Rényi set holds 22,879 at 2° of μm."),
        ("By hand, \\hub{} keeps a set {a, b}.", "By hand, hub keeps a set {a, b}."),
        ("It is an A}gentic model.", "It is an Agentic model."),
        ("It is based on the architecture Doe et al. [7].", "It is based on the architecture."),
        ("It was shown by Doe et al. [7].", "It was shown by Doe et al."),
        ("It beats trees (KVparse15,) and HubTree doe-EtAl:2006:ACL by far.", "It beats trees and HubTree by far."),
        ("It is \\textbf{bold} and \\emph{new} by 5\\%.", "It is bold and new by 5%."),
        ("It keeps $5\\%$ and $\\textbf{x}$.", "It keeps $5\\%$ and $\\textbf{x}$."),
        ("It beats trees [Doe et al., 2019; Roe, 2020] by far [].", "It beats trees by far."),
        ("We draw it with \\coolname, an agent.", "We draw it with coolname, an agent."),
        ("It reaches {\\unboldmath$x/56$} at 3 km² here.¹", "It reaches $x/56$ at 3 km² here."),
        ("% Here it draws.", "Here it draws."),
        ("It is followed by norms layernorm2016.", "It is followed by norms."),
        ("It is \\textbf{2.4$\\times$ faster} here.", "It is 2.4$\\times$ faster here."),
        ("It is \\textbf{2.4$\\times$ faster here.", "It is 2.4$\\times$ faster here."),
        ("It is {The} new {100} face, \\LL{as we draw.", "It is The new {100} face, as we draw."),
        ("It takes \\textcolor{red}{O(log$n$)} by $\\HubFold$~(HF) \\rightarrow 5.", "It takes O(log$n$) by HubFold (HF) → 5."),
        ("It costs \\$5 and \\frac{a}{b} of x^{1 + p}.", "It costs \\$5 and a/b of x^(1 + p)."),
    ],
)  # fmt: skip
def test_citations_go_and_formulas_stay(sentence: str, shown: str) -> None:
    assert strip_citations(sentence) == shown


def test_tables_captions_and_pointers_are_not_picked() -> None:
    body = (
        "Model | Accuracy\nHubFold | 91.7%\n\nTable 2: HubFold outperforms the baseline by 10% on all.\n\n"
        "As Figure 3 shows, HubFold outperforms the baseline by 20% on all networks."
    )
    text = _text(("abstract", " ".join(ABSTRACT[:4])), ("results", body))
    assert extract_summary("topic_digest", _paper(" ".join(ABSTRACT[:4])), text).model_dump()["main_results"] == ()


@pytest.mark.parametrize(
    "line",
    [
        "HubFold outperforms baselines in two ways: - In the first, discs shrink by 10% on each step.",
        "HubFold has an error of 10% and outperforms other deep and thin 5With a rate of 0.1, it starts late.",
    ],
)
def test_a_list_or_footnote_run_into_a_sentence_is_not_picked(line: str) -> None:
    text = _text(("abstract", " ".join(ABSTRACT[:4])), ("results", line))
    assert extract_summary("topic_digest", _paper(" ".join(ABSTRACT[:4])), text).model_dump()["main_results"] == ()


def test_a_chinese_abstract_is_summarised_in_its_own_sentences() -> None:
    lines = [
        "近年来，图绘制取得了显著进展。",
        "然而，现有方法难以处理中心节点。",
        "本文提出了一种名为HubFold的布局方法。",
        "具体而言，该方法首先折叠中心节点，然后放置其余节点。",
        "实验结果表明，边交叉减少了41.5%，优于最强基线。",
        "该工作为社交网络的可读绘制提供了新的思路。",
    ]
    digest = _of_abstract("category_digest", "".join(lines))
    assert digest["tldr"] == lines[2]
    assert digest["result"] == lines[4]
    assert digest["motivation"] == "现有方法难以处理中心节点。"
    assert digest["conclusion"] == lines[5]


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("To overcome this limit we introduce HubFold.", "We introduce HubFold."),
        ("To meet this, which is new, we fold hubs.", "To meet this, which is new, we fold hubs."),
        ("To speed up work in this direction, we share hubs.", "We share hubs."),
        ("In response, this paper folds hubs.", "This paper folds hubs."),
        ("By doing so, HubFold keeps discs apart.", "HubFold keeps discs apart."),
        ("In parallel, we fold a second map.", "We fold a second map."),
        ("Towards addressing this dense question, we draw discs.", "We draw discs."),
        ("However building these discs takes a day.", "Building these discs takes a day."),
        ("Results: HubFold keeps discs apart.", "HubFold keeps discs apart."),
        ("[Methods] To draw discs, we fold.", "To draw discs, we fold."),
    ],
)  # fmt: skip
def test_words_that_join_go_where_a_whole_sentence_is_left(sentence: str, shown: str) -> None:
    assert drop_connective(sentence) == shown


@pytest.mark.parametrize(
    "line",
    [
        "³ HubFold improves by 10.5% over the best baseline on large networks.",
        "Unless stated otherwise, we improve the pace of our discs by 20.5% with each outer loop.",
        "Our focus is to draw networks with 10.5× more hubs than the state-of-the-art.",
        "Stars of our galaxy that reach 98.5% of its mass have an accuracy of their own.",
    ],
)
def test_set_ups_and_aims_are_no_results(line: str) -> None:
    text = _text(("abstract", " ".join(ABSTRACT[:4])), ("results", line))
    assert extract_summary("topic_digest", _paper(" ".join(ABSTRACT[:4])), text).model_dump()["main_results"] == ()


@pytest.mark.parametrize(
    "line",
    [
        "Scalability We observe that HubFold improves by 10.5% on 400 networks.",
        "Pace of Discs The HubFold layout improves by 10.5% on 400 networks.",
    ],
)
def test_a_heading_that_runs_into_a_sentence_is_left_out(line: str) -> None:
    text = _text(("abstract", " ".join(ABSTRACT[:4])), ("results", line))
    (told,) = extract_summary("topic_digest", _paper(" ".join(ABSTRACT[:4])), text).model_dump()["main_results"]
    assert told in line
    assert told.startswith(("We observe", "The HubFold"))


@pytest.mark.parametrize(
    ("role", "line", "told"),
    [
        ("limitations", "As Doe et al. point out, drawings may not be readable in all places.", False),
        ("limitations", "Our layout is limited to networks without direction.", True),
        ("method", "When we add a disc, we do not include its radius in the drawing.", False),
        ("conclusion", "We have not yet shown that discs can be unfolded into their hubs.", True),
        ("method", "The major drawback of this analysis is that it takes a day for each network.", False),
    ],
)
def test_a_limitation_is_what_the_work_itself_lacks(role: Role, line: str, told: bool) -> None:
    abstract = " ".join(ABSTRACT)
    digest = extract_summary("topic_digest", _paper(abstract), _text(("abstract", abstract), (role, line))).model_dump()
    assert digest["limitations"] == ((line.rstrip("."),) if told else ())


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("We open-source HubFold to make it easy to draw large networks with it.", True),
        ("The source codes and scripts to reproduce all drawings are freely accessible in an archive.", True),
        ("We chose trees because their code is publicly available at https://example.org/trees.", False),
        ("Data on the oldest networks is not available for all the years of this study.", False),
    ],
)
def test_code_is_this_papers_own(line: str, told: bool) -> None:
    abstract = " ".join(ABSTRACT[:6])
    read = extract_summary("deep_read", _paper(abstract), _text(("abstract", abstract), ("method", line))).model_dump()
    assert read["usage"]["code"] == (line if told else None)


def test_hardware_is_the_machine_that_was_used_before_one_that_is_spoken_of() -> None:
    abstract = " ".join(ABSTRACT[:6])
    method = "Our method runs on many GPUs, which we estimate by the number of hubs in each network."
    results = "We trained our discs on one machine with 8 NVIDIA P100 GPUs."
    text = _text(("abstract", abstract), ("method", method), ("results", results))
    assert extract_summary("deep_read", _paper(abstract), text).model_dump()["usage"]["hardware"] == results


def test_a_baselines_machine_is_not_the_papers_own() -> None:
    abstract = " ".join(ABSTRACT[:6])
    text = _text(
        ("abstract", abstract), ("results", "The strongest baseline was trained on 64 NVIDIA A100 GPUs for a week.")
    )
    assert extract_summary("deep_read", _paper(abstract), text).model_dump()["usage"]["hardware"] is None


def test_a_section_on_related_work_tells_what_its_subjects_leave_open() -> None:
    abstract = " ".join(ABSTRACT[2:6])
    text = _text(("abstract", abstract), ("related_work", "Force layouts are quick, but cannot place hubs apart."))
    assert extract_summary("topic_digest", _paper(abstract), text).model_dump()["related_work"] == (
        {"work": "related_work", "challenge": "Force layouts are quick, but cannot place hubs apart"},
    )


@pytest.mark.parametrize("verb", ["fits into", "improves", "can be added to", "is compared with two"])
def test_what_the_method_acts_on_is_no_earlier_work_that_leaves_something_open(verb: str) -> None:
    acts = f"The method {verb} existing layout pipelines by one simple loss, and requires no new training."
    assert _of_abstract("topic_digest", " ".join([*ABSTRACT, acts]))["related_work"] == ()


def test_baselines_are_what_is_compared_with_not_that_one_is_better() -> None:
    better = "The best crossing rate (0.12) and stress (0.4) among baselines are obtained on LayoutBench."
    assert _of_abstract("topic_digest", " ".join([*ABSTRACT, better]))["baselines"] == ()
    compared = "We compare our layouts with those of two force-directed programs."
    told = _of_abstract("topic_digest", " ".join([*ABSTRACT, compared]))
    assert told["baselines"] == (compared.rstrip("."),)


def test_what_the_abstract_concludes_is_no_architecture() -> None:
    last = "Our work establishes a new paradigm for deploying diffusion models in industrial map drawing."
    assert _of_abstract("topic_digest", " ".join([*ABSTRACT, last]))["architecture"] is None


def test_a_step_of_an_algorithm_is_no_sentence() -> None:
    abstract = " ".join(ABSTRACT[:6])
    step = (
        "11: try 12: next_hub ← place_hub(s, v) 13: catch Overlap e 14: next_hub ← LayoutHub(FAILURE, s, e) "
        "▷ Capture runtime overlaps as hubs."
    )
    text = _text(("abstract", abstract), ("other", step))
    assert extract_summary("topic_digest", _paper(abstract), text).model_dump()["complexity"] is None


@pytest.mark.parametrize("report", FORMATS)
def test_an_empty_text_gives_an_empty_summary(report: str) -> None:
    texts = [text for text in _strings(_of_abstract(report, "")) if text]
    assert texts == []


@pytest.mark.parametrize("report", FORMATS)
@settings(max_examples=25, deadline=None)
@given(
    abstract=st.lists(st.sampled_from([*ABSTRACT, "$a. B$", "It is. (", "5% [3].", "本文提出。", ""]), max_size=9).map(" ".join),
    body=st.text(alphabet="aB1 .%$\\|()[]\n中。", max_size=60),
)  # fmt: skip
def test_any_text_gives_a_valid_summary_and_the_same_one_twice(report: str, abstract: str, body: str) -> None:
    text = _text(("abstract", abstract), ("results", body))
    once = extract_summary(report, _paper(abstract), text)
    assert extract_summary(report, _paper(abstract), text) == once
    assert get_schema(report).model_validate(once.model_dump()) == once


@pytest.mark.parametrize("report", ["category_digest", "daily_table", "field_review", "topic_digest"])
def test_no_sentence_of_a_real_abstract_is_cut(corpus: Path, report: str) -> None:
    with gzip.open(corpus / "arxiv" / "2025-12-05.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][:120]
    for row in rows:
        paper = _paper(row["abstract"], row["title"])
        sentences = [strip_citations(sentence) for sentence in split_sentences(row["abstract"])]
        whole = {part.rstrip(". ") for sentence in sentences for part in (sentence, drop_connective(sentence))}
        summary = extract_summary(report, paper, _text(("abstract", row["abstract"]))).model_dump()
        summary.pop("related_work", None)
        joined = re.sub(r"\s", "", "".join(whole))
        for text in _strings(summary):
            for part in split_sentences(text):
                assert part.rstrip(". ") in whole or re.sub(r"[\s.]", "", part) in joined.replace(".", ""), row["id"]


def test_no_daily_table_of_a_real_day_is_empty_or_too_long(corpus: Path) -> None:
    with gzip.open(corpus / "arxiv" / "2025-12-05.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for row in rows:
        summary = extract_summary(
            "daily_table", _paper(row["abstract"], row["title"]), _text(("abstract", row["abstract"]))
        )
        count = len(split_sentences(summary.model_dump()["summary"]))
        said = [sentence for sentence in split_sentences(row["abstract"]) if not is_availability(sentence)]
        assert min(3, len(said)) <= count <= 8, row["id"]  # a sentence that leans on another brings it along


@pytest.mark.parametrize(
    ("sentence", "leans"),
    [
        ("We overcome this limitation by folding.", True),
        ("In this paper, we instantiate two of them.", True),
        ("Distributed drawing (DD) addresses this challenge by folding.", True),
        ("(2) Discs for hubs, which are folded.", True),
        ("It is also found that hubs fold.", True),
        ("It remains challenging due to hubs.", True),
        ("These components work together.", True),
        ("For example, hubs may be folded.", True),
        ("and draws the rest as discs.", True),
        ("This brief survey covers hubs.", False),
        ("We study the problem of those networks that have hubs.", False),
        ("It is known that hubs fold.", False),
        ("Our experiments show the worth of this framework.", False),
        ("mmFold draws hubs.", False),
        ("We introduce HubFold, a framework for drawings that tackles these three challenges.", True),
        ("We propose Discs to unlock the full potential of this valuable resource.", True),
        ("This paper presents a layout that unifies the strengths of both families.", True),
        ("We show that the drawing of hubs is faster than the latter.", True),
        ("Although readers need to follow such edges, many drawings hide them.", True),
        ("Drawings are read by many, but these readers do not know the networks.", False),
        ("We collect drawings of networks and show that these drawings are read quickly.", False),
        ("HubFold first draws hubs as discs and then folds these shapes.", False),
        ("We fit discs to both small and large networks.", False),
        ("Compared with a list of edges, it is read twice as fast.", True),
        ("To address the above challenges, we draw hubs as discs.", False),
        ("The eight techniques differ in what they draw.", True),
        ("The two sides of the drawing are read alike.", False),
        ("We compare two layouts and find that the two layouts agree.", False),
        ("HubFold is faster on the three networks.", False),
        ("We demonstrate it in a network of roads.", True),
        ("At 20 hubs, it draws all discs.", True),
        ("We bridge this research gap by discs.", True),
        ("One particular reason is that hubs hide the rest.", True),
        ("Addressing both challenges is critical to layouts that are quick, small, and readable.", True),
        ("Complementarily, whereas the pace of these layouts is known, we measure ours.", True),
        ("However, using these slow, large layouts remains hard.", True),
        ("Despite its age, HubFold is read with ease.", False),
        ("Despite its age, it is read with ease.", True),
    ],
)
def test_a_sentence_that_points_at_the_one_before_does_not_open_a_field(sentence: str, leans: bool) -> None:
    assert leans_on_another(sentence) is leans


@pytest.mark.parametrize(
    "fragment",
    [
        "J. Theor.",
        "Two gaps remain: 1) hubs are not drawn apart in large networks.",
        "Our parts are:",
        "Net (cf. Doe, Inf.",
    ],
)
def test_a_fragment_of_an_abstract_is_no_field(fragment: str) -> None:
    texts = _strings(_of_abstract("category_digest", f"{ABSTRACT[0]} {ABSTRACT[2]} {ABSTRACT[4]}\n\n{fragment}"))
    assert not any(fragment in text for text in texts)


def test_a_last_sentence_without_a_stop_gets_one() -> None:
    digest = _of_abstract("category_digest", " ".join([*ABSTRACT[:4], ABSTRACT[4].rstrip(".")]))
    assert digest["result"] == ABSTRACT[4]


def test_what_says_that_it_is_a_result_is_the_result() -> None:
    found = "It is found that hubs hide the rest of the network in many drawings."
    assert _of_abstract("category_digest", " ".join([*ABSTRACT[:4], found]))["result"] == found
