"""Where sentences stand, and how a link finds them."""

from digest_assets.common.arxiv_ids import ArxivId
from digest_assets.texts.document import Place
from digest_assets.texts.sections import SectionBuilder
from digest_assets.texts.spans import Span, build_span_url, find_spans

TEXT = "One is here. Two is here.\n\nThree is there."


def test_a_sentence_stands_where_the_last_place_before_it_began() -> None:
    places = (Place(0, page=6), Place(13, page=7), Place(27, page=8))
    assert list(find_spans(2, TEXT, places)) == [
        Span(2, 0, 0, 12, page=6),
        Span(2, 0, 13, 25, page=7),
        Span(2, 1, 27, 42, page=8),
    ]


def test_a_text_without_places_has_spans_without() -> None:
    assert [(span.paragraph, span.page, span.element) for span in find_spans(0, TEXT, ())] == [
        (0, None, ""),
        (0, None, ""),
        (1, None, ""),
    ]


def test_a_link_names_the_version_that_was_read() -> None:
    paper = ArxivId("2512.05117", 2)
    assert build_span_url(paper, None, "S3.SS2.p1") == "https://arxiv.org/html/2512.05117v2#S3.SS2.p1"
    assert build_span_url(paper, 7, "") == "https://arxiv.org/pdf/2512.05117v2#page=7"
    assert build_span_url(paper, None, "") == "https://arxiv.org/abs/2512.05117v2"


def test_a_section_keeps_a_place_only_where_it_changes() -> None:
    builder = SectionBuilder()
    builder.start_section(1, "Method")
    builder.add_paragraph("One.", [Place(0, page=1)])
    builder.add_paragraph("Two.", [Place(0, page=1), Place(2, page=2)])
    builder.close_section()
    assert builder.sections[0].places == (Place(0, page=1), Place(8, page=2))
