"""What a whole paper says of itself: code, machines, future work, results; not what it says of others or of a method."""

from datetime import date
from typing import Any

import pytest

from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.extractive.prose import strip_citations
from digest_assets.summaries.extractive.summarize import extract_summary
from digest_assets.texts.tables import Role, Section, TextRow

DAY = date(2025, 12, 5)
TITLE = "HubFold – Drawing Networks with Hubs"
ABSTRACT = (
    "Graph drawing has become a key tool for the study of large networks. However, existing layouts often fail on hubs. "
    "We propose HubFold, a layout that folds each hub before it places the rest. "
    "Experiments on 12 networks show that HubFold reduces edge crossings by 41.5% over the best baseline."
)


def _summarise(report: str, *sections: tuple[Role, str, str], abstract: str = ABSTRACT) -> dict[str, Any]:
    """A report of a paper with these sections: role, heading, text."""
    paper = PaperRow(
        day=DAY,
        id="2512.00001",
        title=TITLE,
        abstract=abstract,
        authors=("A. Author",),
        categories=("cs.HC",),
        sources=(),
    )
    parts = tuple(
        Section(role=role, level=1, heading=heading, text=text)
        for role, heading, text in (("abstract", "Abstract", abstract), *sections)
    )
    size = sum(len(part.text) for part in parts)
    text = TextRow(day=DAY, id=paper.id, source="pdf", sections=parts, characters=size, sha256=str(hash(parts)))
    return extract_summary(report, paper, text).model_dump()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Sources and binaries for the latest version of HubFold are available at CRAN under a public license.", True),
        (
            "We present the package hubs which is available from the Network Archive of Europe at https://example.org/hubs.",
            True,
        ),
        ("From the Network Archive (CRAN) the package can be downloaded together with its source code.", True),
        ("The implementation is made available by a method for drawings of its own class.", False),
        ("We share HubFold as a part of our open source library for drawings.", True),
        ("Functions for drawings are available only for certain models and not for other standard models.", False),
        ("Originally drawn by a survey, the data are available from the archive at https://example.org/survey.", False),
        ("A version of this manuscript has been published online, see https://example.org/article.", False),
        ("All packages that were used are available from CRAN at https://example.org/packages.", False),
        ("We are working on discs for models of those cases where results are available.", False),
        ("See our project page at https://example.org/hubs for drawings of many networks.", True),
        ("See the change log of the other layout at https://example.org/changes for its discs.", False),
        ("HubFold is available on GitHub at https://example.org/hubs for anybody.", True),
        ("Fieldwork is available on GitHub at https://example.org/field for anybody.", False),
        ("The current versions of the layouts are available at https://example.org/hubs for anybody.", True),
        ("An overview of the code is available at https://example.org/overview for readers.", False),
        ("Drawing of trees requires the package discs, which is available from CRAN.", False),
        ("The layout HubFold can be installed from CRAN with all of its drawings.", True),
        ("Examples are available as vignettes at https://example.org/package/hubs.", False),
        ("Example code is for instance found in the source code of the package discs, available from CRAN.", False),
    ],
)
def test_code_is_what_the_authors_release_and_not_what_is_available_otherwise(line: str, told: bool) -> None:
    usage = _summarise("deep_read", ("introduction", "Introduction", line))["usage"]
    assert usage["code"] == (line if told else None)


@pytest.mark.parametrize(
    "line",
    [
        "⁸ The complete code of all drawings can be found at https://example.org/hubs for anybody.",
        "Our code is available at https://example.org/hubs",
    ],
)
def test_code_stands_in_footnotes_and_before_an_address_without_a_stop(line: str) -> None:
    usage = _summarise("deep_read", ("introduction", "Introduction", line))["usage"]
    assert usage["code"] == f"{line.removeprefix('⁸ ').rstrip('.')}."


@pytest.mark.parametrize(
    ("role", "line", "told"),
    [
        ("conclusion", "Our aim for the future is to add more discs to the layout.", True),
        ("conclusion", "A future modification will be the use of discs with a radius of their own.", True),
        ("method", "In the future tools for the choice of hubs shall be provided.", True),
        ("conclusion", "Other planned extensions include discs of other shapes.", True),
        ("method", "The disc is marked so that on future iterations it is placed at once.", False),
        ("method", "In the future, larger screens are expected to be common in all offices.", False),
        ("method", "If you have drawn a hub, please send it to us for a future release of discs.", False),
        ("method", "With many hubs a natural extension is to employ the largest disc of all.", False),
        ("method", "There are many networks where it would be useful to draw hubs of any size.", False),
        ("results", "Future versions will allow discs to be drawn in any shape.", True),
        ("other", "Future package versions may include drawings of other networks.", True),
        ("conclusion", "Further work might include discs of a radius of their own.", True),
        ("other", "Values other than one are reserved for future enhancements of the layout.", False),
        ("conclusion", "We hope to provide both a tool for readers and a frame for those who draw.", False),
        ("conclusion", "Future areas of interest for the layout are discs that overlap in part.", True),
    ],
)
def test_future_work_is_what_the_authors_plan(role: Role, line: str, told: bool) -> None:
    assert _summarise("topic_digest", (role, "Section", line))["future_work"] == ((line.rstrip("."),) if told else ())


def test_a_section_on_future_work_goes_before_what_others_say() -> None:
    planned = "We currently draw no hubs of hubs, but plan to support these soon."
    digest = _summarise(
        "topic_digest",
        ("introduction", "Introduction", "We plan to show more in future work."),
        ("conclusion", "Future Work", planned),
    )
    assert planned.rstrip(".") in digest["future_work"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("All experiments were performed on a MacBook Pro with a 2.2 GHz Core 2 processor.", True),
        ("We used a program to draw the passengers of the Titanic as discs.", False),
        ("We performed the comparison with other layouts on a MacBook Pro with an Intel Core i7 processor.", True),
        ("The number of GPUs to run on can also be specified in the options of the layout.", False),
    ],
)
def test_hardware_is_any_machine(line: str, told: bool) -> None:
    usage = _summarise("deep_read", ("results", "Evaluation", line))["usage"]
    assert usage["hardware"] == (line if told else None)


@pytest.mark.parametrize(
    "told",
    [
        "Several illustrations are provided as well as an assessment of the layout in a study.",
        "For citations, please use the article on hubs and their discs.",
    ],
)
def test_what_is_only_announced_is_no_result(told: str) -> None:
    abstract = f"{ABSTRACT.rsplit('Experiments', 1)[0]}{told}"
    report = _summarise("topic_digest", ("method", "Method", "The network is cut into hubs."), abstract=abstract)
    assert report["main_results"] == ()


def test_an_ablation_changes_how_well_the_papers_own_does() -> None:
    world = "Adding heavy atoms to a disc increases its weight in water."
    own = "Adding the spacer improves the accuracy by 4.5 points."
    assert _summarise("topic_digest", ("results", "Results", world))["ablations"] == ()
    assert _summarise("topic_digest", ("results", "Results", own))["ablations"] == (own.rstrip("."),)


@pytest.mark.parametrize(
    "line",
    [
        "Doe et al. 7 trained a robust network of their own on hubs.",
        "The most important classes of layouts are robust and efficient for hubs.",
    ],
)
def test_strengths_are_the_papers_own(line: str) -> None:
    assert _summarise("topic_digest", ("introduction", "Introduction", line))["pros"] == ()


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("It is available at CRAN¹⁴ under a license.", "It is available at CRAN under a license."),
        ("Doe ²⁵ defines hubs.", "Doe defines hubs."),
        ("As Doe et al. 31 show, it holds.", "As Doe et al. show, it holds."),
        ("40 Other measures are known.", "Other measures are known."),
        ("It takes 10¹⁴ steps for H² and 12 Å.", "It takes 10¹⁴ steps for H² and 12 Å."),
    ],
)
def test_raised_numbers_of_citations_go(sentence: str, shown: str) -> None:
    assert strip_citations(sentence) == shown


@pytest.mark.parametrize(
    "line",
    [
        "We call tree <- fold(hub) to draw it with an error of 2.5% on our networks.",
        "Our training error: 0.11 Cross validation error: 0.12 Probability model included in 2.5% here.",
    ],
)
def test_what_a_program_prints_is_no_sentence(line: str) -> None:
    assert line.rstrip(".") not in _summarise("topic_digest", ("results", "Results", line))["main_results"]


def test_what_a_publisher_wants_said_is_no_part_of_an_abstract() -> None:
    notice = "Copyright may be transferred without notice, after which this version may no longer be accessible."
    behind = f"{ABSTRACT} - This work has been submitted to a journal for possible publication. {notice}"
    digest = _summarise("category_digest", abstract=behind)
    assert not any("submitted" in text or "Copyright" in text for text in digest.values() if text)


def test_a_paper_that_proposes_nothing_is_told_by_what_it_says_of_itself() -> None:
    abstract = "Over half of all networks have hubs. This report provides a brief summary of the contest."
    assert (
        _summarise("category_digest", abstract=abstract)["tldr"]
        == "This report provides a brief summary of the contest."
    )


def test_a_section_on_ablations_tells_what_it_found_in_whatever_words() -> None:
    line = "The layout with all its parts achieves a score of 74.8, a lead of 14 points over the next best one."
    assert _summarise("topic_digest", ("ablation", "Ablation Study", line))["ablations"] == (line.rstrip("."),)


def test_a_rate_that_results_without_a_cost_is_no_ablation() -> None:
    line = "Without the costs of redrawing, the resulting rate of use is 45.7%."
    assert _summarise("topic_digest", ("results", "Pace", line))["ablations"] == ()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("A limitation of our layout is that it takes a day for networks of that size.", True),
        ("The kinds of hubs that HubFold draws are currently limited to discs and squares.", True),
        ("A drawback is that to draw discs in a stable way one has to start from several places.", False),
    ],
)
def test_outside_conclusions_a_limitation_is_the_papers_only_if_it_says_so(line: str, told: bool) -> None:
    limitations = _summarise("topic_digest", ("other", "Layout", line))["limitations"]
    assert limitations == ((line.rstrip("."),) if told else ())


def test_a_background_section_tells_of_other_works_where_it_cites_them() -> None:
    facts = "Memory on the chip is faster, but many times smaller in size than memory beside it."
    cited = "Discs by Doe et al. are quick, but cannot place hubs apart in networks with many of them."
    digest = _summarise("topic_digest", ("related_work", "Drawing", facts), ("related_work", "Discs", cited))
    assert [work["work"] for work in digest["related_work"]] == ["Discs"]


def test_what_an_evaluation_is_of_is_no_result() -> None:
    abstract = ABSTRACT.replace(
        "Experiments on 12 networks show that HubFold reduces edge crossings by 41.5% over the best baseline.",
        "On 12 networks we evaluate HubFold with up to 152 hubs, 8x more than others have drawn.",
    )
    line = "HubFold reaches an accuracy of 91.5% on large networks."
    digest = _summarise("topic_digest", ("results", "Results", line), abstract=abstract)
    assert digest["main_results"] == (line.rstrip("."),)


def test_two_sentences_that_a_footnote_glues_are_not_told() -> None:
    glued = "HubFold reaches an accuracy of 91.5% on hubs (N = 2).11 Folding the rest takes 3.5 s more in our tests."
    assert glued.rstrip(".") not in _summarise("topic_digest", ("results", "Results", glued))["main_results"]


def test_what_a_result_leans_on_is_no_result_without_it() -> None:
    abstract = ABSTRACT.replace(
        "Experiments on 12 networks show that HubFold reduces edge crossings by 41.5% over the best baseline.",
        "Our layout leverages discs of one size for networks of any length. It also outperforms the best baseline.",
    )
    digest = _summarise("topic_digest", ("results", "Results", "Hubs were drawn on paper."), abstract=abstract)
    assert not any("leverages" in result for result in digest["main_results"])
