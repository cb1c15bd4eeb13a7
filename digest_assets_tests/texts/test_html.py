"""What is read of a LaTeXML page."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from digest_assets.common.errors import ReadingError
from digest_assets.texts.document import Document, Figure
from digest_assets.texts.html import read_html
from digest_assets.texts.table_records import MAX_CELLS

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
        ("<p>as <span class='ltx_ERROR undefined'>\\citep</span>[1] say</p>", "as [1] say"),
        # undefined macros by their name
        ("<p>Our <span class='ltx_ERROR undefined'>\\sysname</span>, alone</p>", "Our sysname, alone"),
        ("<p>Our <span class='ltx_ERROR undefined'>\\sysname</span>wins</p>", "Our sysname wins"),
        # what stands above or below is no digit of the number before it
        ("<p>10<sup>3</sup> and 82.5<sub>0.2</sub> and 1<sup>st</sup></p>", "10^3 and 82.5 0.2 and 1st"),
        ("<p>77.1<math alttext='{}_{\\pm 0.2}'/> and <math alttext='\\mathbf{82.5}'/></p>", "77.1 ± 0.2 and 82.5"),
        ("<p>10<math alttext='{}^{-4}'/> and <math alttext='10^{-4}'/></p>", "10^-4 and $10^{-4}$"),
        # a theorem's title once, at the start of its paragraph
        (
            "<div class='ltx_theorem'><h6 class='ltx_title ltx_runin ltx_title_theorem'><span class='ltx_tag "
            "ltx_tag_theorem'>Theorem 1</span> (Main).</h6><div class='ltx_para'><p>All is well.</p></div></div>",
            "Theorem 1 (Main). All is well.",
        ),
        # listings and algorithms keep their lines and their indentation
        (
            "<div class='ltx_listing'><div class='ltx_listingline'>\n<span>if</span> x:\n</div>"
            "<div class='ltx_listingline'>\n<span class='ltx_lst_space'>    </span>go()\n</div></div>",
            "if x:\n    go()",
        ),
        ("<pre class='ltx_verbatim'>a\n  b</pre>", "a\n  b"),
        ("<p>We call <code class='ltx_verbatim'>fit()</code> twice.</p>", "We call fit() twice."),
        (
            "<p class='ltx_p'>[t]<span class='ltx_caption'>Train</span>"
            + "".join(
                f"<span class='ltx_ERROR undefined'>\\{name}</span>{rest} "
                for name, rest in [
                    ("REQUIRE", "data"),
                    ("FOR", "all"),
                    ("STATE", "step"),
                    ("ENDFOR", ""),
                    ("STATE", "end"),
                ]
            )
            + "</p>",
            "[t]\nTrain\nRequire: data\nfor all\n    step\nend",
        ),
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


TABLE = """<figure class='ltx_table' id='S1.T1'><figcaption><span class='ltx_tag ltx_tag_table'>Table 1: </span>Main.</figcaption>
<table class='ltx_tabular'><thead>
<tr><th rowspan='2'>Size</th><th rowspan='2'>Method</th><th colspan='2'>CIFAR</th><th>Cost (ms)</th></tr>
<tr><th>Top-1</th><th>Top-5</th><th>all</th></tr></thead><tbody>
<tr><th class='ltx_th_row' rowspan='2'>7B</th><th class='ltx_th_row'>Base</th><td>80.1</td>
<td><span class='ltx_framed_underline'>90.2</span></td><td>5</td></tr>
<tr><th class='ltx_th_row'>Ours</th><td><b>82.5</b></td><td><span class='ltx_font_bold'>91.0</span></td><td>–</td></tr>
</tbody></table></figure>"""


def read_page(body: str) -> Document:
    page = f"<article class='ltx_document'><h2>Method</h2>{body}{FILLER}</article>"
    return read_html(page.encode())


def test_a_table_is_read_as_records_with_spans_repeated_and_heads_joined() -> None:
    (table,) = read_page(TABLE).tables
    assert (table.caption, table.element) == ("Table 1: Main.", "S1.T1")
    assert table.rows == (
        ("Size", "Method", "CIFAR Top-1", "CIFAR Top-5", "Cost (ms) all"),
        ("7B", "Base", "80.1", "90.2", "5"),
        ("7B", "Ours", "82.5", "91.0", "–"),
    )
    best = [(cell.heads, cell.row_label, cell.value) for cell in table.cells if cell.emphasis == "best"]
    assert best == [(("CIFAR Top-1",), "7B Ours", 82.5), (("CIFAR Top-5",), "7B Ours", 91.0)]
    assert [cell.text for cell in table.cells if cell.emphasis == "second"] == ["90.2"]


def test_in_the_text_a_row_is_a_line_under_the_caption() -> None:
    assert read(TABLE).splitlines()[:4] == [
        "Table 1: Main.",
        "",
        "Size | Method | CIFAR Top-1 | CIFAR Top-5 | Cost (ms) all",
        "7B | Base | 80.1 | 90.2 | 5",
    ]


def test_two_tables_in_one_float_have_a_caption_each() -> None:
    cells = "<table><tr><td>{0}</td><td>1.5</td></tr><tr><td>B</td><td>2.5</td></tr></table>"
    captions = "<figcaption>Table 2: Left</figcaption><figcaption>Table 3: Right</figcaption>"
    document = read_page(
        f"<figure class='ltx_table'>{captions}{cells.format('A')}{cells.format('C')}"
        "<figcaption>Table 3: Right</figcaption></figure>"
    )
    assert [(table.caption, table.rows[0][0]) for table in document.tables] == [
        ("Table 2: Left", "A"),
        ("Table 3: Right", "C"),
    ]
    assert document.sections[0].text.count("Table 3: Right") == 1


def test_a_figure_has_its_caption_and_its_picture_but_its_panels_are_none() -> None:
    document = read_page(
        "<figure class='ltx_figure' id='S1.F1'><figure class='ltx_figure'><img src='x1.png'/><figcaption>(a) Left</figcaption>"
        "</figure><figcaption>Figure 1: Both.</figcaption></figure>"
    )
    assert document.figures == (Figure("Figure 1: Both.", None, "S1.F1", "x1.png"),)


def test_a_paragraph_knows_the_element_in_which_it_stands() -> None:
    (section,) = read_page(
        "<div class='ltx_para' id='S1.p1'><p>One.</p></div><div class='ltx_para' id='S1.p2'><p>Two.</p></div>"
    ).sections
    assert [(section.text[place.start :][:4], place.element) for place in section.places] == [
        ("One.", "S1.p1"),
        ("Two.", "S1.p2"),
    ]


@pytest.mark.parametrize(
    "note", ["Corresponding author: a@b.edu", "Equal contribution.", "© 2026 ACM. All rights reserved."]
)
def test_author_notes_and_licences_leave_the_introduction(note: str) -> None:
    footnote = f"<span class='ltx_note ltx_role_footnote'><span class='ltx_note_content'>{note}</span></span>"
    page = f"<article class='ltx_document'><h2>Introduction</h2><p>{note}</p><p>Hello{footnote}.</p>{FILLER}</article>"
    (section,) = read_html(page.encode()).sections
    assert section.text.startswith("Hello.\n\nWords")


def test_a_span_larger_than_any_table_ends_with_the_limit() -> None:
    cell = "<td colspan='999999' rowspan='999999'>1</td>"
    (table,) = read_page(f"<table>{f'<tr>{cell * 50}</tr>' * 50}</table>").tables
    assert len(table.rows) * len(table.rows[0]) <= MAX_CELLS


def test_the_features_of_latexml_are_read_from_a_real_page(corpus: Path) -> None:
    path = corpus.parent / "cases" / "reading" / "latexml_features.html"
    if not path.is_file():
        pytest.skip("the cases are not beside the corpus")
    document = read_html(path.read_bytes())
    text = "\n".join(part.text for part in document.sections)
    assert "7B | Ours | 82.5 | 91.0 | 73.9 | 87.7" in text
    assert "13B | Ours | 85.7+2.7 | – | 77.1 ± 0.2 | 89.9†" in text
    assert document.tables[0].rows[0][2:4] == ("CIFAR Top-1", "CIFAR Top-5")
    assert text.count("Theorem 1") == 1
    assert "sysname" in text
    assert "def f(x):\n    return x + 1" in text
    assert "\n        break\n" in text


PAPER = """<h1 class='ltx_title ltx_title_document'>A title</h1><div class='ltx_authors'>Somebody</div>
<div class='ltx_abstract'><h6 class='ltx_title ltx_title_abstract'>Abstract</h6><p class='ltx_p'>In short.</p></div>
<section class='ltx_section' id='S1'><h2 class='ltx_title ltx_title_section'><span class='ltx_tag ltx_tag_section'>1 </span>Model
</h2><div class='ltx_para' id='S1.p1'><p class='ltx_p'>Let <math alttext='x^{2}' class='ltx_Math'><mi>x</mi></math> be.</p></div>
<figure class='ltx_table' id='S1.T1'><figcaption class='ltx_caption'><span class='ltx_tag ltx_tag_table'>Table 1: </span>Main.
</figcaption><table class='ltx_tabular'><tr class='ltx_tr'><th class='ltx_td ltx_th'>Model</th>
<th class='ltx_td ltx_th'>F1</th></tr>
<tr class='ltx_tr'><td class='ltx_td'>ours</td><td class='ltx_td'>91.5</td></tr></table></figure>
</section><section class='ltx_bibliography'><h2 class='ltx_title'>References</h2><ul><li>Somebody 1999</li></ul></section>"""


def wrap_as_arxiv(paper: str) -> str:
    """As arxiv.org's own pages: a header, the contents beside the paper, a report button."""
    return (
        "<html><head><base href='/html/2512.00001v1/'></head><body><header class='desktop_header'><a>Back to arXiv</a></header>"
        "<nav class='ltx_page_navbar'><nav class='ltx_TOC'><ol class='ltx_toclist'><li>1 Model</li></ol></nav></nav>"
        "<div class='ltx_page_main'><div class='package-alerts ltx_document'>failed packages</div><div class='ltx_page_content'>"
        f"<article class='ltx_document'>{paper}<button class='sr-only'>Report</button></article></div></div></body></html>"
    )


def wrap_as_ar5iv(paper: str) -> str:
    """As ar5iv's: its own links around the page's foot, the date of the conversion."""
    return (
        f"<html><body><div class='ltx_page_main'><div class='ltx_page_content'><article class='ltx_document'>{paper}</article>"
        "</div><footer class='ltx_page_footer'><div class='ar5iv-footer'><a>Feeling lucky?</a></div>"
        "<div class='ltx_page_logo'>Generated on Monday</div></footer></div></body></html>"
    )


def wrap_as_old_xhtml(paper: str) -> str:
    """As versions before 0.8: XHTML with prefixed formulas, boxes where HTML 5 has names."""
    paper = re.sub(r"<(/?)(math|mi)\b", r"<\1m:\2", paper)
    for new in ("section", "figure", "figcaption"):
        paper = re.sub(rf"<(/?){new}\b", r"<\1div", paper)
    return (
        "<?xml version='1.0' encoding='utf-8'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.1 plus MathML 2.0//EN' 'x.dtd'>"
        "<html xmlns='http://www.w3.org/1999/xhtml' xmlns:m='http://www.w3.org/1998/Math/MathML'><body>"
        f"<div class='ltx_page_main'><div class='ltx_document'>{paper}</div></div></body></html>"
    )


def wrap_with_images(paper: str) -> str:
    """As pages made for browsers without MathML: formulas as images, whose text is TeX."""
    paper = re.sub(r"<math alttext='([^']*)'.*?</math>", r"<img class='ltx_Math' src='x.png' alt='$\1$'>", paper)
    return f"<html><body><div class='ltx_document'>{paper}</div></body></html>"


@pytest.mark.parametrize("wrap", [wrap_as_arxiv, wrap_as_ar5iv, wrap_as_old_xhtml, wrap_with_images])
def test_every_kind_of_page_gives_the_same_paper(wrap: Callable[[str], str]) -> None:
    paper = PAPER.replace("</section><section class='ltx_bib", f"{FILLER}</section><section class='ltx_bib")
    document = read_html(wrap(paper).encode())
    assert document.title == "A title"
    assert [(part.number, part.heading) for part in document.sections] == [("", "Abstract"), ("1", "Model")]
    assert document.sections[1].text.startswith(
        "Let $x^{2}$ be.\n\nTable 1: Main.\n\nModel | F1\nours | 91.5\n\nWords that"
    )
    assert [(table.element, table.rows[1]) for table in document.tables] == [("S1.T1", ("ours", "91.5"))]
    assert [place.element for place in document.sections[1].places] == ["S1.p1", "S1.T1", "S1"]
