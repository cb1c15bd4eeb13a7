"""Each text of an extracted summary knows where its sentences stand."""

import pytest

from digest_assets.config.fields import FORMATS, ReportName
from digest_assets.summaries.extractive.sentence_features import strip_citations
from digest_assets.summaries.extractive.summarize import extract_quotes
from digest_assets.summaries.schemas import iterate_texts
from digest_assets_tests.summaries.extractive.test_summarize import ABSTRACT, _paper, _text

RESULT = "HubFold outperforms the best tree layout by 12.5% on citation graphs."


@pytest.mark.parametrize("report", FORMATS)
def test_every_text_stands_on_the_sentences_at_its_spans(report: ReportName) -> None:
    abstract = " ".join(ABSTRACT)
    text = _text(("abstract", abstract), ("results", f"We fold hubs.\n\nHere is more. {RESULT}"))
    extracted = extract_quotes(report, _paper(abstract), text)
    texts = {path: value for path, value in iterate_texts(extracted.summary) if value}
    assert {quote.path for quote in extracted.quotes} == set(texts)
    for quote in extracted.quotes:
        said = " ".join(text.sections[span.section].text[span.start : span.end] for span in quote.spans)
        assert texts[quote.path].lower() in said.lower()  # without the word that joined it to the one before


def test_a_sentence_of_arxivs_abstract_has_no_section_where_the_file_has_none() -> None:
    text = _text(("results", RESULT))
    extracted = extract_quotes("category_digest", _paper(" ".join(ABSTRACT)), text)
    [tldr] = [quote for quote in extracted.quotes if quote.path == "tldr"]
    assert [span.section for span in tldr.spans] == [-1]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("at 870\\,nm and 12\\ ms", "at 870 nm and 12 ms"),
        ("as Fig.~1 and pp. 3--5 show", "as Fig. 1 and pp. 3–5 show"),
        ("sets -- tasks of many kinds --- are ``hard'' here", "sets – tasks of many kinds – are “hard” here"),
        ("with --flag at ~5 dB", "with --flag at ~5 dB"),
        ("where $a~b -- c$ is \\textbf{bold}", "where $a~b -- c$ is bold"),
    ],
)
def test_what_tex_types_shows_as_it_is_meant(written: str, read: str) -> None:
    assert strip_citations(f"We look {written}.") == f"We look {read}."
