"""Which sentences of a paper are picked for a field, which are not, and how they are shown."""

import pytest

from digest_assets.summaries.extractive.openings import drop_connective
from digest_assets.summaries.extractive.prose import strip_citations
from digest_assets.summaries.extractive.summarize import extract_summary
from digest_assets.texts.tables import Role
from digest_assets_tests.summaries.extractive.invented_paper import (
    ABSTRACT,
    extract_from_abstract,
    make_paper,
    make_text,
)


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("It follows others [3, 5], with discs [7].", "It follows others, with discs."),
        ("The algorithm of [Doe et al., 2023] draws discs.", "The algorithm of [Doe et al., 2023] draws discs."),
        ("It improves on [4] and [5], as in [DR26].", "It improves on [4] and [5], as in [DR26]."),
        ("Ours is quick, while [6] needs a day (see, e.g., [7]).",) * 2,
        ("We fully extend [3] to trees [4].", "We fully extend [3] to trees."),
        ("The scores $s$ lie between [0, 1].", "The scores $s$ lie between [0, 1]."),
        ("A score [0, 1] tells how far.", "A score [0, 1] tells how far."),
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
    text = make_text(("abstract", " ".join(ABSTRACT[:4])), ("results", body))
    assert extract_summary("topic_digest", make_paper(" ".join(ABSTRACT[:4])), text).model_dump()["main_results"] == ()


@pytest.mark.parametrize(
    "line",
    [
        "HubFold outperforms baselines in two ways: - In the first, discs shrink by 10% on each step.",
        "HubFold has an error of 10% and outperforms other deep and thin 5With a rate of 0.1, it starts late.",
    ],
)
def test_a_list_or_footnote_run_into_a_sentence_is_not_picked(line: str) -> None:
    text = make_text(("abstract", " ".join(ABSTRACT[:4])), ("results", line))
    assert extract_summary("topic_digest", make_paper(" ".join(ABSTRACT[:4])), text).model_dump()["main_results"] == ()


def test_a_chinese_abstract_is_summarised_in_its_own_sentences() -> None:
    lines = [
        "近年来，图绘制取得了显著进展。",
        "然而，现有方法难以处理中心节点。",
        "本文提出了一种名为HubFold的布局方法。",
        "具体而言，该方法首先折叠中心节点，然后放置其余节点。",
        "实验结果表明，边交叉减少了41.5%，优于最强基线。",
        "该工作为社交网络的可读绘制提供了新的思路。",
    ]
    digest = extract_from_abstract("category_digest", "".join(lines))
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
    text = make_text(("abstract", " ".join(ABSTRACT[:4])), ("results", line))
    assert extract_summary("topic_digest", make_paper(" ".join(ABSTRACT[:4])), text).model_dump()["main_results"] == ()


@pytest.mark.parametrize(
    "line",
    [
        "Scalability We observe that HubFold improves by 10.5% on 400 networks.",
        "Pace of Discs The HubFold layout improves by 10.5% on 400 networks.",
    ],
)
def test_a_heading_that_runs_into_a_sentence_is_left_out(line: str) -> None:
    text = make_text(("abstract", " ".join(ABSTRACT[:4])), ("results", line))
    (told,) = extract_summary("topic_digest", make_paper(" ".join(ABSTRACT[:4])), text).model_dump()["main_results"]
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
    digest = extract_summary(
        "topic_digest", make_paper(abstract), make_text(("abstract", abstract), (role, line))
    ).model_dump()
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
    read = extract_summary(
        "deep_read", make_paper(abstract), make_text(("abstract", abstract), ("method", line))
    ).model_dump()
    assert read["usage"]["code"] == (line if told else None)


def test_hardware_is_the_machine_that_was_used_before_one_that_is_spoken_of() -> None:
    abstract = " ".join(ABSTRACT[:6])
    method = "Our method runs on many GPUs, which we estimate by the number of hubs in each network."
    results = "We trained our discs on one machine with 8 NVIDIA P100 GPUs."
    text = make_text(("abstract", abstract), ("method", method), ("results", results))
    assert extract_summary("deep_read", make_paper(abstract), text).model_dump()["usage"]["hardware"] == results


def test_a_baselines_machine_is_not_the_papers_own() -> None:
    abstract = " ".join(ABSTRACT[:6])
    text = make_text(
        ("abstract", abstract), ("results", "The strongest baseline was trained on 64 NVIDIA A100 GPUs for a week.")
    )
    assert extract_summary("deep_read", make_paper(abstract), text).model_dump()["usage"]["hardware"] is None


def test_a_section_on_related_work_tells_what_its_subjects_leave_open() -> None:
    abstract = " ".join(ABSTRACT[2:6])
    text = make_text(("abstract", abstract), ("related_work", "Force layouts are quick, but cannot place hubs apart."))
    assert extract_summary("topic_digest", make_paper(abstract), text).model_dump()["related_work"] == (
        {"work": "related_work", "challenge": "Force layouts are quick, but cannot place hubs apart"},
    )


@pytest.mark.parametrize("verb", ["fits into", "improves", "can be added to", "is compared with two"])
def test_what_the_method_acts_on_is_no_earlier_work_that_leaves_something_open(verb: str) -> None:
    acts = f"The method {verb} existing layout pipelines by one simple loss, and requires no new training."
    assert extract_from_abstract("topic_digest", " ".join([*ABSTRACT, acts]))["related_work"] == ()


def test_baselines_are_what_is_compared_with_not_that_one_is_better() -> None:
    better = "The best crossing rate (0.12) and stress (0.4) among baselines are obtained on LayoutBench."
    assert extract_from_abstract("topic_digest", " ".join([*ABSTRACT, better]))["baselines"] == ()
    compared = "We compare our layouts with those of two force-directed programs."
    told = extract_from_abstract("topic_digest", " ".join([*ABSTRACT, compared]))
    assert told["baselines"] == (compared.rstrip("."),)


def test_what_the_abstract_concludes_is_no_architecture() -> None:
    last = "Our work establishes a new paradigm for deploying diffusion models in industrial map drawing."
    assert extract_from_abstract("topic_digest", " ".join([*ABSTRACT, last]))["architecture"] is None


def test_a_step_of_an_algorithm_is_no_sentence() -> None:
    abstract = " ".join(ABSTRACT[:6])
    step = (
        "11: try 12: next_hub ← place_hub(s, v) 13: catch Overlap e 14: next_hub ← LayoutHub(FAILURE, s, e) "
        "▷ Capture runtime overlaps as hubs."
    )
    text = make_text(("abstract", abstract), ("other", step))
    assert extract_summary("topic_digest", make_paper(abstract), text).model_dump()["complexity"] is None
