"""What is read of a LaTeXML page."""

import re
from pathlib import Path

import pytest

from digest_assets.common.errors import ReadingError
from digest_assets.texts.html import read_html

FILLER = "<p class='ltx_p'>" + "Words that fill the page so that it counts as read. " * 12 + "</p>"


def read(body: str) -> str:
    """The text of a section that holds `body`."""
    (part,) = sections(f"<h2 class='ltx_title ltx_title_section'>Method</h2>{body}<div>{FILLER}</div>")
    return part[1].removesuffix(part[1][part[1].index("Words that fill") :]).strip()


def sections(body: str) -> list[tuple[str, str]]:
    page = f"<html><body><article class='ltx_document'>{body}</article></body></html>"
    return [(part.heading, part.text) for part in read_html(page.encode()).sections]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        # formulas
        ("<p>Let <math alttext='x^{2}'><mi>x</mi></math> be.</p>", "Let $x^{2}$ be."),
        (
            "<p>so <math><semantics><mi>x</mi><annotation encoding='application/x-tex'>E=mc^2</annotation></semantics>"
            "</math></p>",
            "so $E=mc^2$",
        ),
        ("<p>gains <math alttext='94.2\\%'/> or <math alttext='2.5\\times'/>.</p>", "gains 94.2% or 2.5×."),
        ("<p>6.84 <math alttext='\\pm'/> 0.07</p>", "6.84 ± 0.07"),
        (
            "<table class='ltx_equation ltx_eqn_table'><tr class='ltx_equation ltx_eqn_row'><td>"
            "<math alttext='a=b' display='block'/></td><td><span class='ltx_tag ltx_tag_equation'>(1)</span></td></tr></table>",
            "$$a=b$$ (1)",
        ),
        # footnotes in place, marks dropped
        (
            "<p>Here<span class='ltx_note ltx_role_footnote'><sup class='ltx_note_mark'>1</sup><span class='ltx_note_outer'>"
            "<span class='ltx_note_content'><sup class='ltx_note_mark'>1</sup><span class='ltx_tag ltx_tag_note'>1</span>there."
            "</span></span></span> we go.</p>",
            "Here (footnote: there.) we go.",
        ),
        # lists, tables, captions
        (
            "<ul class='ltx_itemize'><li class='ltx_item'><span class='ltx_tag ltx_tag_item'>•</span><p>one</p></li>"
            "<li class='ltx_item'><span class='ltx_tag ltx_tag_item'>•</span><p>two</p></li></ul>",
            "- one\n\n- two",
        ),
        (
            "<ol><li class='ltx_item'><span class='ltx_tag ltx_tag_item'>1.</span>\n"
            "<div class='ltx_para'><p>one</p></div></li></ol>",
            "1. one",
        ),
        (
            "<table class='ltx_tabular'><tr class='ltx_tr'><th>Model</th><th>F1</th></tr>"
            "<tr class='ltx_tr'><td>ours</td><td><math alttext='91.5'/></td></tr></table>",
            "Model | F1\nours | 91.5",
        ),
        (
            "<figure class='ltx_figure'><img alt='Refer to caption'/><figcaption class='ltx_caption'>"
            "<span class='ltx_tag ltx_tag_figure'>Figure 1: </span>What it shows.</figcaption></figure>",
            "Figure 1: What it shows.",
        ),
        ("<table><tr><td>a<table><tr><td>b</td></tr></table></td></tr></table>", "a b"),
        # furniture
        ("<nav class='ltx_page_navbar'>Contents</nav><p>text</p>", "text"),
        ("<button class='sr-only'>Report an issue</button><p>text</p>", "text"),
        ("<p>by <span class='ltx_ERROR undefined'>\\todo</span>us</p>", "by us"),
        ("<svg class='ltx_picture'><foreignobject>label</foreignobject></svg><p>text</p>", "text"),
        ("<script>alert(1)</script><style>p {}</style><p>text</p>", "text"),
        # a paragraph with a formula of its own line stays one
        (
            "<div class='ltx_para'><p class='ltx_p'>Given</p><table class='ltx_equation ltx_eqn_table'><tr class='ltx_eqn_row'>"
            "<td><math alttext='a'/></td></tr></table><p class='ltx_p'>we go on.</p></div>",
            "Given\n$$a$$\nwe go on.",
        ),
    ],
)
def test_what_is_read(body: str, text: str) -> None:
    assert read(body) == text


def test_headings_have_levels_and_numbers_apart() -> None:
    page = f"""<html><body><article class='ltx_document'><h1 class='ltx_title ltx_title_document'>Title</h1>
    <div class='ltx_authors'>Somebody</div>
    <section class='ltx_section'><h2 class='ltx_title ltx_title_section'><span class='ltx_tag'>2 </span>Data</h2>{FILLER}
    <section class='ltx_subsection'><h3 class='ltx_title ltx_title_subsection'><span class='ltx_tag'>2.1 </span>Sources</h3>
    <p>text</p></section></section>
    <section class='ltx_bibliography'><h2 class='ltx_title ltx_title_bibliography'>References</h2><p>Somebody 2020</p></section>
    </article></body></html>"""
    parts = read_html(page.encode()).sections
    assert [(part.level, part.number, part.heading) for part in parts] == [(1, "2", "Data"), (2, "2.1", "Sources")]


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (b"", "not an HTML page"),
        (b"<html><body><h1>No HTML for '2510.00001'</h1></body></html>", "no paper on the page"),
        (b"<article class='ltx_document'><p>Nothing more.</p></article>", "only 0 characters of text"),
        (
            f"<article class='ltx_document'><h2>Data</h2>{FILLER}{'<span class=ltx_ERROR>x</span>' * 40}</article>".encode(),
            "40 conversion errors",
        ),
        (
            f"<article class='ltx_document'><h2>Data</h2>{FILLER}<p>Conversion to HTML had a Fatal error and exited abruptly."
            "</p></article>".encode(),
            "conversion failed half-way",
        ),
    ],
)
def test_a_page_without_a_sound_paper_says_why(page: bytes, reason: str) -> None:
    with pytest.raises(ReadingError, match=re.escape(reason)):
        read_html(page)


def test_no_furniture_is_left_of_real_pages(corpus: Path) -> None:
    for path in sorted((corpus / "html").glob("*.html")):
        if "PARTIAL" in path.name:
            continue
        text = "\n".join(part.text for part in read_html(path.read_bytes()).sections)
        assert "Report" not in text or "an issue" not in text, path.name
        assert not re.search(r"Generated\s+on|LaTeXML|Feeling\s*lucky|footnotemark|@import", text), path.name
        assert "<" + "math" not in text


def test_every_formula_of_a_long_paper_is_tex(corpus: Path) -> None:
    document = read_html((corpus / "html" / "math_0106220.html").read_bytes())
    text = "\n".join(part.text for part in document.sections)
    assert text.count("$") > 3_000
    assert "\\mathcal" in text
