"""Sanitizer of Markdown that a model wrote: reduced to what a report, a page or a message may hold.

It is parsed as CommonMark without HTML and written again from its tree: paragraphs, lists, emphasis, code, headings
of level 4, and links to papers of the edition. Everything else is kept as text, so that no rule, heading, fence,
tag or link of a model can act on the report around it.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from digest_assets.common.markdown import Markdown, escape_text, to_single_line

_FORMULA = re.compile(r"\$\$[^$]+\$\$|\$(?!\s)[^$\n]+(?<!\s)\$(?!\d)")
_PAIR = re.compile(r"\*\*(?=[^\s*])([^*\n]*)(?<=[^\s*])\*\*")
_CORE = re.compile(r"((?:&\w+;|\W)*)(.*?)((?:&\w+;|\W)*)", re.DOTALL)


def _parse_formula(state: StateInline, silent: bool) -> bool:
    """An inline rule: TeX between dollars is text, in which no Markdown is read.

    It does not hold inside a link's label: that is a title, which the program wrote as CommonMark.
    """
    here = state.src[state.pos] == "$" and not state.linkLevel
    match = _FORMULA.match(state.src, state.pos, state.posMax) if here else None
    if match is None:
        return False
    if not silent:
        state.push("text", "", 0).content = match[0]
    state.pos = match.end()
    return True


def _parse_strong(state: StateInline, silent: bool) -> bool:
    """An inline rule: two pairs of stars on a line embrace strong text, also beside CJK punctuation.

    CommonMark leaves such stars unread: https://spec.commonmark.org/0.31.2/#can-open-emphasis.
    """
    match = _PAIR.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "*" else None
    if match is None:
        return False
    if not silent:
        end, state.pos, state.posMax = state.posMax, match.start(1), match.end(1)
        state.push("strong_open", "strong", 1)
        state.md.inline.tokenize(state)
        state.push("strong_close", "strong", -1)
        state.posMax = end
    state.pos = match.end()
    return True


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).disable(["image", "autolink"])
    parser.inline.ruler.before("escape", "formula", _parse_formula)
    parser.inline.ruler.before("emphasis", "pairs", _parse_strong)
    return parser


_PARSER = _make_parser()


def sanitize_line(source: str) -> Markdown:
    """A model's text as one line: emphasis and code are kept, blocks are run together, links become their text."""
    return Markdown(" ".join(_write_lines(_parse(source))))


def sanitize_blocks(source: str, anchors: Collection[str] = ()) -> Markdown:
    """A model's text as blocks divided by blank lines, linking nothing but `#anchor` of these."""
    return Markdown("\n\n".join(_write_block(node, frozenset(anchors)) for node in _list_content(_parse(source))))


def strip_markdown(source: str) -> str:
    """A model's text as one line of plain words, without any of its Markdown."""
    pieces = (node for node in _parse(source).walk() if node.type in ("inline", "fence", "code_block"))
    return to_single_line(" ".join(_get_plain_text(piece) for piece in pieces))


def _get_plain_text(node: SyntaxTreeNode) -> str:
    if node.children:
        return "".join(_get_plain_text(child) for child in node.children)
    return " " if node.type in ("softbreak", "hardbreak") else node.content


def find_anchors(source: str) -> list[str]:
    """The anchors that a model's text links, in order, without the `#`."""
    return [
        str(node.attrs["href"])[1:]
        for node in _parse(source).walk()
        if node.type == "link" and str(node.attrs["href"]).startswith("#")
    ]


def _parse(source: str) -> SyntaxTreeNode:
    rows = source.strip().splitlines()
    signs = "-+>" if len(rows) == 1 else "+>"
    return SyntaxTreeNode(_PARSER.parse("\n".join(_escape_row_start(row, signs) for row in rows)))


def _escape_row_start(row: str, signs: str) -> str:
    """A line folded but for the spaces that it begins with, which mean something in Markdown.

    A sign before a number is a sign: `> 90%` is no quotation, and `- 3 dB`, alone on its line, no list.
    """
    begins = len(row) - len(row.lstrip(" "))
    folded = to_single_line(row)
    signed = folded[:1] in signs and folded[1:].lstrip()[:1].isdigit()
    return row[:begins] + "\\" * signed + folded


def _list_content(node: SyntaxTreeNode) -> list[SyntaxTreeNode]:
    """The children that hold something: rules are dropped, and quotes are opened up."""
    content: list[SyntaxTreeNode] = []
    for child in node.children:
        if child.type == "blockquote":
            content.extend(_list_content(child))
        elif child.type != "hr" and any(part.content.strip() for part in child.walk() if part.type != "root"):
            content.append(child)
    return content


def _write_lines(node: SyntaxTreeNode) -> Iterable[str]:
    for child in _list_content(node):
        if child.type in ("bullet_list", "ordered_list"):
            yield "; ".join(" ".join(_write_lines(item)) for item in child.children)
        elif child.type in ("fence", "code_block"):
            yield escape_text(child.content)
        else:
            yield from (_write_inline(part, frozenset()) for part in child.children)


def _write_block(node: SyntaxTreeNode, anchors: frozenset[str]) -> str:
    if node.type == "heading":
        return "#### " + "".join(_write_inline(part, anchors) for part in node.children)
    if node.type in ("fence", "code_block"):
        return escape_text(node.content)
    if node.type == "paragraph" and [part.type for part in node.children[0].children] == ["strong"]:
        return "#### " + "".join(_write_inline(part, anchors) for part in node.children[0].children)
    if node.type == "paragraph":
        return "".join(_write_inline(part, anchors) for part in node.children)
    first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    items = [
        _write_item(item, "- " if first is None else f"{first + index}. ", anchors)
        for index, item in enumerate(node.children)
    ]
    return "\n".join(item for item in items if item)


def _write_item(node: SyntaxTreeNode, marker: str, anchors: frozenset[str]) -> str:
    """A list's item: its blocks under one another, indented by the width of the marker."""
    inner = "\n".join(_write_block(part, anchors) for part in _list_content(node) if part.type != "heading") or "".join(
        _write_lines(node)
    )
    return marker + inner.replace("\n", "\n" + " " * len(marker)) if inner else ""


def _write_inline(node: SyntaxTreeNode, anchors: frozenset[str]) -> str:
    written = ""
    for is_text, children in groupby(_unwrap(node, anchors), key=_is_text):
        if is_text:  # as one piece: what stands at a link's edge may make an address or a mention with its neighbour
            written += _write_text("".join(child.content for child in children))
            continue
        for child in children:
            element = _write_element(child, anchors)
            if child.type == "link":
                written = re.sub(r"(?<!\\)!\Z", r"\\!", written)  # or it would be an image
            written += element
    return written


def _is_text(node: SyntaxTreeNode) -> bool:
    if node.type == "code_inline":  # blank, or not to be written between two backticks
        return not node.content.strip() or bool(set(node.content) & set("`<&"))
    return node.type in ("text", "text_special", "html_inline")


def _unwrap(node: SyntaxTreeNode, anchors: frozenset[str]) -> Iterator[SyntaxTreeNode]:
    """The children; in place of a link or an emphasis that may not stay, what stands in it."""
    for child in node.children:
        if (child.type == "link" and not _is_anchor(child, anchors)) or (
            child.type in ("em", "strong") and _holds_code(child)
        ):
            yield from _unwrap(child, anchors)
        elif child.type in ("em", "strong") and all(part.type == "text" for part in child.children):
            yield from _trim_emphasis(child)
        else:
            yield child


def _trim_emphasis(emphasis: SyntaxTreeNode) -> Iterator[SyntaxTreeNode]:
    """An emphasis from its first letter or digit to its last, and the signs around them as text beside it: one piece
    with the text that follows, with which they may make a mention.
    """
    match = _CORE.fullmatch(_get_plain_text(emphasis))
    assert match is not None  # each of its parts may be empty
    lead, core, rest = (Token("text", "", 0, content=part) for part in match.groups())
    if lead.content:
        yield SyntaxTreeNode([lead], create_root=False)
    if core.content:
        kind = emphasis.type
        opened, closed = Token(f"{kind}_open", kind, 1), Token(f"{kind}_close", kind, -1)
        yield SyntaxTreeNode([opened, core, closed], create_root=False)
    if rest.content:
        yield SyntaxTreeNode([rest], create_root=False)


def _is_anchor(link: SyntaxTreeNode, anchors: frozenset[str]) -> bool:
    href = str(link.attrs["href"])
    return href.startswith("#") and href[1:] in anchors and bool(link.children)


def _holds_code(emphasis: SyntaxTreeNode) -> bool:
    """Code, or what is written as code, does not join with letters: beside a letter the emphasis' stars would show."""
    return any(part.type == "code_inline" for part in emphasis.walk()) or "`" in escape_text(_get_plain_text(emphasis))


def _write_element(node: SyntaxTreeNode, anchors: frozenset[str]) -> str:
    inner = _write_inline(node, anchors) if node.children else ""
    match node.type:
        case "softbreak" | "hardbreak":
            return " "
        case "code_inline":
            return f"`{to_single_line(node.content)}`"
        case "strong":
            return _write_emphasis(node, inner, "**")
        case "em":
            return _write_emphasis(node, inner, "*")
        case "link":
            return f"[{inner}]({node.attrs['href']})"
        case _:
            return inner


def _write_emphasis(node: SyntaxTreeNode, inner: str, stars: str) -> str:
    """Emphasis whose stars touch letters or digits, since beside punctuation they are not always read as such."""
    lead, core, rest = "", inner, ""
    if "`" in inner:  # as `_holds_code` says; of what only its parts make an address
        return inner
    if all(child.type == "text" for child in node.children) and (match := _CORE.fullmatch(inner)):
        lead, core, rest = match.groups()
    return f"{lead}{stars}{core}{stars}{rest}" if core else lead + rest


def _write_text(content: str) -> str:
    """A piece of a line, which keeps the space on either side of it."""
    before = " " if content[:1].isspace() else ""
    after = " " if content[-1:].isspace() and content.strip() else ""
    return before + escape_text(content) + after
