"""Each sentence of a summary gets a verdict, and the places of the text that it stands on."""

import random
from datetime import date
from pathlib import Path

import pytest

from benchmarks import claims as benchmark
from digest_assets.summaries.verification.claims import Claim, check_claims
from digest_assets.summaries.verification.source_units import SourceIndex
from digest_assets.texts.tables import Section, StoredPlace, TextRow

RESULTS = """Lantern reaches an accuracy of 91.7% on the NightMaps data set, while DimNet reaches 88.2%.
It does not need labelled images. Inference takes 11 ms on one graphics card and reduces energy by 3.2 times.

Table 2: Accuracy on both data sets.

Model | NightMaps | DayMaps | Time (ms)
DimNet | 88.2 | 71.4 | 35
GlowNet [12] | 84.9 | 75.0 | 19
Lantern (ours) | 91.7 | 79.3 | 11"""
TEXT = TextRow(
    day=date(2025, 12, 5),
    id="2512.00001",
    source="html",
    sections=(
        Section(
            role="abstract",
            level=0,
            heading="Abstract",
            text="Maps drawn at night are blurred. We propose Lantern, a filter that removes the blur of street maps in "
            "three stages. The filter may help drivers. Twelve users tested it.",
        ),
        Section(role="results", level=1, heading="Results", text=RESULTS),
    ),
    characters=1,
    sha256="",
    places=(StoredPlace(section=1, start=0, page=None, element="S4.p1"),),
)
INDEX = SourceIndex.from_text(TEXT, ["Lantern: maps at night"])


def check(text: str) -> Claim:
    (claim,) = check_claims(text, INDEX)
    return claim


def test_a_sentence_of_the_text_is_quoted_with_its_place() -> None:
    claim = check("It does not need labelled images.")
    assert claim.verdict == "quoted"
    assert [(unit.span.section, unit.span.element) for unit in claim.units] == [(1, "S4.p1")]
    span = claim.units[0].span
    assert TEXT.sections[1].text[span.start : span.end] == "It does not need labelled images."


@pytest.mark.parametrize(
    "true",
    [
        "On NightMaps the accuracy of Lantern is 91.7%, and that of DimNet 88.2%.",
        "The three-stage filter Lantern takes the blur out of street maps.",
        "No labelled images are needed.",
        "GlowNet gets 84.9 on NightMaps and 75.0 on DayMaps.",
        "Lantern needs 11 ms for inference, DimNet 35 ms.",
        "It was tested by 12 users.",
    ],
)
def test_what_the_text_says_in_other_words_is_supported(true: str) -> None:
    claim = check(true)
    assert (claim.verdict, claim.reason) == ("supported", None)
    assert claim.units
    assert all(number.status != "missing" for number in claim.numbers)


@pytest.mark.parametrize(
    ("false", "reason"),
    [
        ("On NightMaps the accuracy of Lantern is 97.1%.", "number"),
        ("On NightMaps the accuracy of Lantern is 88.2%.", "number"),  # another system's
        ("GlowNet gets 75.0 on NightMaps.", "number"),  # another column's
        ("GlowNet gets 91.7 on NightMaps.", "number"),  # another row's
        ("Lantern needs 11 s for inference on one graphics card.", "number"),
        ("It needs labelled images.", "negation"),
        ("The filter Lantern does not remove the blur of street maps.", "negation"),
        ("Inference increases energy by 3.2 times.", "direction"),
        ("On NightMaps, Lantern beats SuperNova with its accuracy.", "name"),
        ("Lantern provably removes the blur of every street map.", "strength"),
        ("A language model answers questions about contracts of law firms.", "words"),
    ],
)
def test_what_the_text_does_not_say_is_unsupported(false: str, reason: str) -> None:
    claim = check(false)
    assert (claim.verdict, claim.reason) == ("unsupported", reason)


def index_results(text: str) -> SourceIndex:
    """A paper with this section of results."""
    section = Section(role="results", level=1, heading="", text=text)
    return SourceIndex.from_text(TEXT.model_copy(update={"sections": (section,)}), ["Lantern: maps at night"])


LISTED = index_results(
    "Lantern detects lamps with a recall of 77% and a precision of 47%. Compared with DimNet it raises "
    "sharpness by about 20%, reduces the glare error by 50%, and speeds up loading by 3x. Across the Riga, "
    "Oslo, and private towns, our filter consistently outperforms manual touch-up with few or no labels. It "
    "works without street addresses. On every trial it had a 100% success rate. Learned lamps outperform "
    "painted lanterns."
)


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("Recall reaches 77% and precision 47%.", None),
        ("Lantern has a precision of 47% for lamps.", None),
        ("Lantern has a precision of 77%.", "number"),
        ("Sharpness is raised by 50%.", "number"),
        ("Loading gets faster by 50%.", "number"),
        ("The glare error falls by 50%.", None),
        ("The filter was compared in three towns.", None),
        ("The filter was compared in five towns.", "number"),
        ("Manual touch-up outperforms our filter.", "direction"),
        ("Painted lanterns outperform learned lamps.", "direction"),
        ("Lantern cannot work without street addresses.", "negation"),
        ("The filter outperforms manual touch-up with few or no labels.", None),
        ("It succeeds on all trials.", None),
        ("Private towns are among the three.", None),
        ("Lantern reduces sharpness by about 20%.", "direction"),
    ],
)
def test_what_a_sentence_lists_and_compares_keeps_its_place(claim: str, reason: str | None) -> None:
    (checked,) = check_claims(claim, LISTED)
    assert checked.reason == reason


PARAPHRASED = index_results(
    "Lantern improves accuracy from 80.67 to 84.66 on NightMaps and from 65.66 to 68.18 on DayMaps. Lantern "
    "has the highest sharpness (50.7%) at 20,000 steps, outperforming DimNet (46.6%) and GlowNet (43.4%). Glare "
    "falls by 23--29%, haze by 20--32%, and 70% of users agree. It finds lamps (99.17%) and windows (93.51%). "
    "Instead of retraining lamps or lenses, it turns them. We call one part Dimmer. Dimmer prunes redundant "
    "lamps by their colour.\n\n"
    "Map | Filter | AP | Time (s)\nRiga | Old | 0.72 | 3.26\nRiga | Lantern | 0.86 | 1.85\n"
    "Oslo | Old | 0.85 | 5.39\nOslo | Lantern | 0.88 | 2.73"
)


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("On DayMaps accuracy goes up by 2.52 points to 68.18.", None),
        ("On DayMaps accuracy goes up by 3.52 points to 68.18.", "number"),
        ("GlowNet trails at 43.4%, 7.3 points below Lantern.", None),
        ("Lantern has 50.7%, about four points above DimNet.", None),
        ("At 5,000 steps Lantern has a sharpness of 50.7%.", "number"),
        ("Glare drops by up to 29 percent.", None),
        ("Seven out of ten users agree.", None),
        ("Nine out of ten users agree.", "number"),
        ("Windows are found at 99.17%.", "number"),
        ("In Oslo, Lantern brings the time from 5.39 down to 2.73 s.", None),
        ("In Riga the AP rises from 0.72 with the old filter to 0.86 with Lantern.", None),
        ("In Riga, Lantern takes 2.73 s.", "number"),
        ("Lantern needs retraining of lamps.", "negation"),
        ("Redundant lamps are pruned by Lantern as to colour.", None),
        ("NightMaps prunes redundant lamps by their colour.", "name"),
    ],
)
def test_a_paraphrase_is_told_from_a_swap(claim: str, reason: str | None) -> None:
    (checked,) = check_claims(claim, PARAPHRASED)
    assert checked.reason == reason


def test_a_chinese_sentence_is_found_by_its_numbers_and_names() -> None:
    assert check("Lantern 在 NightMaps 上的准确率为 91.7%。").verdict == "supported"
    assert check("Lantern 在 NightMaps 上的准确率为 97.1%。").verdict == "unsupported"
    assert check("该方法效果良好。").verdict == "undecided"


def test_a_number_is_traced_to_its_row() -> None:
    (unit,) = {unit for unit in check("DimNet takes 35 ms.").units if unit.group is not None}
    assert unit.text.startswith("DimNet | 88.2")


@pytest.mark.parametrize("seed", range(20))
def test_every_sentence_of_the_text_supports_itself_and_a_changed_number_does_not(seed: int) -> None:
    chance = random.Random(seed)
    words = ["river", "bridge", "lamp", "filter", "noise", "signal", "camera", "street", "light", "window", "method"]
    sentences = [
        f"The {chance.choice(words)} of the {chance.choice(words)} {n} gains {chance.randint(110, 899) / 10:.1f} points."
        for n in range(10, 16)
    ]
    text = TEXT.model_copy(
        update={"sections": (Section(role="results", level=1, heading="", text=" ".join(sentences)),)}
    )
    index = SourceIndex.from_text(text)
    for sentence in sentences:
        (claim,) = check_claims(sentence, index)
        assert claim.verdict == "quoted"
        (other,) = check_claims(sentence.replace(" gains ", " gains 9"), index)
        assert other.verdict == "unsupported"


@pytest.mark.long
def test_the_labelled_claims_are_judged_as_well_as_it_is_said(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    benchmark.main([])
    printed = capsys.readouterr().out
    shares = {
        line.split(":")[0]: float(line.split("%")[0].split()[-1]) for line in printed.splitlines() if "limit" in line
    }
    assert shares["balanced accuracy"] >= 85
    assert shares["false alarms"] <= 2
    assert shares["wrong row or wrong system found"] >= 85


@pytest.mark.parametrize(
    ("text", "claim", "reason"),
    [
        (
            "Labels are needed by all others. Lantern renders maps without resorting to labels or an atlas of streets.",
            "Lantern renders maps without needing labels or an atlas.",
            None,
        ),
        (
            "Without usable street maps, the quick use of lamps may be unrealistic.",
            "The quick use of lamps and street maps.",
            None,
        ),
        ("Without street maps, Lantern finds lamps.", "Lantern needs street maps.", "negation"),
        ("Lantern finds lamps in the fog.", "Lantern finds lamps without fog.", "negation"),
    ],
)
def test_a_negation_denies_what_it_is_about(text: str, claim: str, reason: str | None) -> None:
    (checked,) = check_claims(claim, index_results(text))
    assert checked.reason == reason


@pytest.mark.parametrize(
    ("text", "claim", "reason"),
    [
        (
            "Lantern finds lamps in thick fog on every motorway.",
            "Lantern may not find lamps in thick fog on a motorway.",
            None,
        ),
        ("Lantern finds lamps in thick fog.", "Lantern does not find lamps in thick fog.", "negation"),
        (
            "We build a retrainingless filter of lamps.",
            "The filter of lamps works without any retraining.",
            None,
        ),
        (
            "Lantern is a calibration-free filter of lamps.",
            "The filter of lamps needs no calibration.",
            None,
        ),
        (
            "Lantern finds lamps in thick fog.",
            "Lantern finds lamps in thick fog but might not in all weather.",
            None,
        ),
        ("Lantern finds lamps in thick fog.", "Lantern finds all lamps in thick fog.", "strength"),
        ("The Riga filter finds lamps.", "A Riga-specific filter finds lamps.", None),
        ("The Riga filter finds lamps.", "A Riga-Oslo filter finds lamps.", "name"),
        (
            "Lantern lowers glare. Cameras record the haze of harbours at dusk. Other filters raise the noise of windows.",
            "Lantern serves harbours at dusk, where cameras suffer, and cuts glare as well as noise.",
            None,
        ),
        ("Other filters raise the noise of windows.", "The filters cut the noise of windows.", "direction"),
    ],
)
def test_only_a_sentence_about_the_same_matter_that_denies_it_contradicts_a_claim(
    text: str, claim: str, reason: str | None
) -> None:
    (checked,) = check_claims(claim, index_results(text))
    assert checked.reason == reason


def test_a_sentence_that_could_be_of_any_paper_is_undecided() -> None:
    assert check("This work aims to overcome these challenges.").verdict == "undecided"
    assert check("This work aims to overcome corrosion.").verdict == "unsupported"
