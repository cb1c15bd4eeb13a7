"""Tests of paraphrases: numbers that follow from the text's, and sentences that say the same in other words."""

import pytest

from digest_assets.summaries.verification.claims import check_claims
from digest_assets.summaries.verification.source_units import SourceIndex
from digest_assets.summaries.verification.words import find_names
from digest_assets.testing.labelled_claims import build_abstract_index
from digest_assets.testing.row_factories import make_text
from digest_assets.texts.tables import Section


def find_reason(text: str, claim: str) -> str | None:
    (checked,) = check_claims(claim, build_abstract_index(f"Maps at night\n{text}"))
    return checked.reason


@pytest.mark.parametrize(
    ("text", "other", "claim"),
    [
        ("Lantern beats Moth by 39.7% accuracy.", "29.7%", "Lantern beats Moth by nearly 40 points of accuracy."),
        ("Lantern has an accuracy of 0.624 in fog.", "0.574", "Lantern is about 62% accurate in fog."),
        ("Removing goggles raises compliance by 598%.", "298%", "Removing goggles raises compliance almost sevenfold."),
        ("Of all lamps 2.1% are active.", "12.1%", "Only about one in fifty lamps is active."),
        ("It adds 8.95% on towns and 8.17% on docks.", "7.17%", "It adds about 9% for towns and 8% for docks."),
        ("Lantern reduces its parameters by 83%.", "63%", "Lantern has less than a fifth of the parameters."),
        (
            "It is compared with seven large models and six small models.",
            "four",
            "It is compared with thirteen models.",
        ),
        (
            "Moth and Wick achieve 38.20% and 37.20% accuracy, respectively.",
            "35.20%",
            "Wick is one point behind Moth in accuracy.",
        ),
        (
            "Lantern takes 15.84 minutes, compared to 38.62 minutes for Moth.",
            "20.62",
            "At about 16 minutes Lantern takes less than half the time of Moth.",
        ),
        ("Lantern reduces glare by 11 - 22%.", "33%", "Lantern reduces glare by up to 22%."),
        ("Lantern reduces glare by 32.58x.", "42.58x", "Lantern reduces glare by a factor of about 33."),
        ("At least 99.7% of the packets are delivered.", "98.7%", "Of the packets at most 0.3% go astray."),
        (
            "Lantern achieves $2\\times$ to $3\\times$ latency reduction.",
            "$4\\times$",
            "Latency is reduced by a factor of two to three.",
        ),
    ],
)
def test_a_number_may_follow_from_the_texts_and_not_from_another(text: str, other: str, claim: str) -> None:
    last = [piece for piece in text.rstrip(".").split() if any(char.isdigit() for char in piece) or piece == "six"][-1]
    assert find_reason(text, claim) is None
    assert find_reason(other.join(text.rsplit(last.rstrip(",."), 1)), claim) == "number"


def test_a_pair_needs_no_count_unless_the_text_counts_otherwise() -> None:
    assert find_reason("Lantern has a dual-decoder design for maps.", "Lantern has two decoders for maps.") is None
    assert find_reason("Lantern has three decoders for maps.", "Lantern has two decoders for maps.") == "number"
    assert find_reason("Lantern has a dual-decoder design for maps.", "Lantern has four decoders for maps.") == "number"


@pytest.mark.parametrize(
    ("text", "claim", "reason"),
    [
        (
            "It has a sharpness of 0.8123 and a glare of 0.4796 for LAI, and a sharpness of 0.6846 for SPAD.",
            "For LAI the sharpness is 0.81, for SPAD it is 0.68.",
            None,
        ),
        (
            "We test Lantern on four maps, beating Moth by 3.4% and 2.4% on Riga and Oslo respectively.",
            "Lantern beats Moth by 3.4 points on Riga and 2.4 on Oslo.",
            None,
        ),
        (
            "We test Lantern on four maps, beating Moth by 3.4% and 2.4% on Riga and Oslo respectively.",
            "Lantern beats Moth by 2.4 points on Riga.",
            "number",
        ),
        (
            "On Harbour-8B, Lantern reaches 1.10x speedup on town maps and up to 1.24x for Needle maps.",
            "On Harbour-8B, Lantern speeds up town maps by 10% and Needle maps by 24%.",
            None,
        ),
    ],
)
def test_a_number_is_said_of_what_opens_its_sentence_and_of_what_is_beside_it(
    text: str, claim: str, reason: str | None
) -> None:
    assert find_reason(text, claim) == reason


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("On average bright lamps give 3.9 and dark ones 2.2.", None),
        ("In Riga lamps give 5.5 against 6.1.", None),
        ("In Riga dark lamps give 6.1.", "number"),
    ],
)
def test_a_cell_is_named_by_words_of_sense_and_two_of_a_row_may_be_set_against_each_other(
    claim: str, reason: str | None
) -> None:
    text = "Lamps give light.\n\nTown | Dark | Bright\nRiga (Moth and Wick) | 5.5 | 6.1\nAverage | 2.2 | 3.9"
    section = Section(role="results", level=1, heading="", text=text)
    (checked,) = check_claims(claim, SourceIndex.from_text(make_text("2512.00001", sections=(section,))))
    assert checked.reason == reason


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Fog reduces the detection rate of all lamps to 0%.", "In fog none of the lamps detects anything."),
        ("The maps are essential for robust detection of lamps.", "Without the maps, detection of lamps gets worse."),
        ("Lantern has an accuracy of 99.4% in fog.", "Lantern is almost perfectly accurate in fog."),
        ("We evaluate on public datasets.", "Public data sets serve for evaluation."),
        ("Lantern is trained without pre-training.", "Lantern does without pretraining."),
    ],
)
def test_other_words_for_the_same_are_no_contradiction(text: str, claim: str) -> None:
    assert find_reason(text, claim) is None


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Lantern halves glare while maintaining sharpness.", "Lantern halves glare without giving up sharpness."),
        ("Lantern is a self-supervised filter of street maps.", "Lantern filters street maps without labels."),
        ("Lantern was tested on public maps (Riga, Oslo, and Lund).", "Lantern was tested on three public maps."),
        (
            "Lantern enhances distortion recognition accuracy, increasing it from 14.92% to 84.43%.",
            "Lantern lifts the better accuracy of recognising distortion from below 15% to above 84%.",
        ),
    ],
)
def test_what_is_kept_implied_or_listed_is_said(text: str, claim: str) -> None:
    assert find_reason(text, claim) is None


@pytest.mark.parametrize(
    ("text", "claim", "reason"),
    [
        (
            "Lantern takes sharpness from 14.92% to 84.43%.",
            "Lantern takes sharpness from 84.43% to 14.92%.",
            "direction",
        ),
        ("Lantern outperforms Moth and Wick in fog.", "Lantern is outperformed by Moth and Wick in fog.", "direction"),
        ("Lantern outperforms Moth and Wick in fog.", "Moth and Wick are outperformed by Lantern in fog.", None),
        (
            "Lantern raises success by 9% over many tasks. It raises success by 60% in dynamic harbours.",
            "In dynamic harbours success is raised by 9%.",
            "number",
        ),
        (
            "Lantern raises success by 9% over many tasks. It raises success by 60% in dynamic harbours.",
            "In dynamic harbours success is raised by 60%.",
            None,
        ),
        (
            "It has an F1-score of 95.2% for binary street classification and 65.2% for fine-grained street classification.",
            "Fine-grained street classification has an F1-score of 95.2%.",
            "number",
        ),
        (
            "It has an F1-score of 95.2% for binary street classification and 65.2% for fine-grained street classification.",
            "Fine-grained street classification has an F1-score of 65.2%.",
            None,
        ),
    ],
)
def test_a_claim_is_contradicted_where_the_text_says_the_same_of_another(
    text: str, claim: str, reason: str | None
) -> None:
    assert find_reason(text, claim) == reason


def test_a_name_in_italics_or_bold_is_a_name() -> None:
    assert [name.text for name in find_names(r"We use \emph{MothNet} and \textbf{Wick2}.")] == ["MothNet", "Wick2"]
