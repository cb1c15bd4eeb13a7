"""A sample paper as an HTML page, marked up as LaTeXML does it for arXiv.

See https://math.nist.gov/~BMiller/LaTeXML/manual/ for the classes.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from digest_assets.testing.sample.source import (
    Block,
    EquationBlock,
    HeadingBlock,
    ParagraphBlock,
    ReferencesBlock,
    SourcePaper,
    TableBlock,
)

_INLINE = re.compile(r"\$(?P<tex>[^$]+)\$|\[(?P<cited>\d+)\]")


def render_html(paper: SourcePaper) -> bytes:
    """The page, in UTF-8."""
    title = _inline(paper.front_matter.title)
    authors = "".join(
        f'<span class="ltx_creator ltx_role_author"><span class="ltx_personname">{escape(name)}</span></span>'
        for name in paper.front_matter.authors
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{escape(paper.front_matter.title)}</title></head>
<body>
<nav class="ltx_page_navbar"><nav class="ltx_TOC">{_contents(paper.body)}</nav></nav>
<div class="ltx_page_main"><div class="ltx_page_content">
<article class="ltx_document ltx_authors_1line">
<h1 class="ltx_title ltx_title_document">{title}</h1>
<div class="ltx_authors">{authors}</div>
<div class="ltx_abstract"><h6 class="ltx_title ltx_title_abstract">Abstract</h6>
<p class="ltx_p">{_inline(paper.abstract)}</p></div>
{"".join(_sections(paper.body))}</article>
</div><footer class="ltx_page_footer"><div class="ltx_page_logo">A made-up sample paper</div></footer></div>
</body>
</html>
""".encode()


def _contents(body: Iterable[Block]) -> str:
    entries = "".join(
        f'<li class="ltx_tocentry"><a class="ltx_ref" href="#{_anchor(block.number)}">{escape(block.text)}</a></li>'
        for block in body
        if isinstance(block, HeadingBlock)
    )
    return f'<ol class="ltx_toclist">{entries}</ol>'


def _anchor(number: str) -> str:
    section, _, subsection = number.partition(".")
    return f"S{section}.SS{subsection}" if subsection else f"S{section}"


def _sections(body: Iterable[Block]) -> Iterator[str]:
    """The sections, each with its subsections inside, and the reference list after them."""
    section = subsection = False
    for block in body:
        ends_section = isinstance(block, ReferencesBlock) or (isinstance(block, HeadingBlock) and block.level == 1)
        if subsection and (ends_section or isinstance(block, HeadingBlock)):
            yield "</section>\n"
            subsection = False
        if section and ends_section:
            yield "</section>\n"
            section = False
        yield _block(block)
        if isinstance(block, HeadingBlock):
            section, subsection = True, block.level == 2
    if section:
        yield "</section>\n" * (1 + subsection)


def _block(block: Block) -> str:
    match block:
        case HeadingBlock(level, number, text):
            kind = "section" if level == 1 else "subsection"
            return (
                f'<section class="ltx_{kind}" id="{_anchor(number)}">'
                f'<h{level + 1} class="ltx_title ltx_title_{kind}"><span class="ltx_tag ltx_tag_{kind}">{number} </span>'
                f"{_inline(text)}</h{level + 1}>\n"
            )
        case ParagraphBlock(text):
            return f'<div class="ltx_para"><p class="ltx_p">{_inline(text)}</p></div>\n'
        case EquationBlock(number, tex):
            return (
                f'<table class="ltx_equation ltx_eqn_table" id="E{number}"><tbody><tr class="ltx_equation ltx_eqn_row">'
                f'<td class="ltx_eqn_cell ltx_align_center">{_math(tex, "block")}</td><td class="ltx_eqn_cell ltx_eqn_eqno">'
                f'<span class="ltx_tag ltx_tag_equation">({number})</span></td></tr></tbody></table>\n'
            )
        case TableBlock(number, caption, rows):
            return (
                f'<figure class="ltx_table" id="T{number}"><figcaption class="ltx_caption">'
                f'<span class="ltx_tag ltx_tag_table">Table {number}: </span>{_inline(caption)}</figcaption>\n'
                f'<table class="ltx_tabular">{"".join(_rows(rows))}</table></figure>\n'
            )
        case ReferencesBlock(entries):
            items = "".join(
                f'<li class="ltx_bibitem" id="bib.bib{number}"><span class="ltx_tag ltx_tag_bibitem">[{number}]</span>'
                f'<span class="ltx_bibblock">{_inline(entry)}</span></li>\n'
                for number, entry in enumerate(entries, start=1)
            )
            return (
                '<section class="ltx_bibliography" id="bib"><h2 class="ltx_title ltx_title_bibliography">References</h2>\n'
                f'<ul class="ltx_biblist">{items}</ul></section>\n'
            )


def _rows(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for head, group in groupby(enumerate(rows), key=lambda item: item[0] == 0):
        tag, part = ("th", "thead") if head else ("td", "tbody")
        lines = (
            '<tr class="ltx_tr">' + "".join(f'<{tag} class="ltx_td">{_inline(cell)}</{tag}>' for cell in row) + "</tr>"
            for _, row in group
        )
        yield f'<{part} class="ltx_{part}">{"".join(lines)}</{part}>\n'


def _inline(text: str) -> str:
    """Text with its formulas and citations marked up."""
    pieces, place = [], 0
    for match in _INLINE.finditer(text):
        pieces.append(escape(text[place : match.start()], quote=False))
        if match["tex"]:
            pieces.append(_math(match["tex"], "inline"))
        else:
            link = f'<a class="ltx_ref" href="#bib.bib{match["cited"]}">{match["cited"]}</a>'
            pieces.append(f'<cite class="ltx_cite ltx_citemacro_cite">[{link}]</cite>')
        place = match.end()
    return "".join([*pieces, escape(text[place:], quote=False)])


def _math(tex: str, display: str) -> str:
    source = escape(tex)
    return (
        f'<math class="ltx_Math" alttext="{source}" display="{display}"><semantics><mtext>{source}</mtext>'
        f'<annotation encoding="application/x-tex">{source}</annotation></semantics></math>'
    )
