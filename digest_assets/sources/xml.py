"""Reading of the XML that arXiv's API, announcement feeds and OAI-PMH serve: strict about the document, patient with its items.

A document that is cut or of another kind is refused as a whole. One item that is malformed (a character that XML does
not allow, a bare `&`, a tag that is not closed) costs no other: it is read as far as it can be, with its problem told.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5

from lxml import etree

from digest_assets.common.http import RetryableResponseError, summarize_body

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:#(?P<number>x[0-9A-Fa-f]{1,8}|[0-9]{1,8});|(?P<name>[A-Za-z][A-Za-z0-9]{0,31});)?")
# A `<` and what it opens or closes, as far as that goes: a tag, or (without a name) a sign of the text.
_TAG = re.compile(
    r"<(?:(?P<end>/)?(?P<name>[A-Za-z_][\w:.-]{0,60})(?P<rest>[^<>]{0,2000}>)?|(?P<other>!--|!\[CDATA\[|\?))?"
)
_XML_NAMES = ("amp", "lt", "gt", "quot", "apos")


@dataclass(frozen=True)
class FeedItem:
    """An item of a document; `problem` says what was wrong with its XML, and `element` is None if nothing could be read."""

    element: etree._Element | None
    problem: str | None = None


@dataclass(frozen=True)
class FeedDocument:
    """A feed: its root, which may lack the items if one is malformed, and the items."""

    root: etree._Element
    items: tuple[FeedItem, ...]


def parse_xml(body: bytes) -> etree._Element:
    """The root of a whole, well-formed document. Raises `RetryableResponseError` for anything else.

    Nothing is loaded from elsewhere and no entity is expanded: feeds have neither, so a document type is refused.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(body.lstrip(), parser)  # a blank line before its declaration harms nobody
    except (etree.XMLSyntaxError, ValueError) as error:
        raise RetryableResponseError(f"malformed XML ({error})") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise RetryableResponseError("XML with a document type, which a feed does not have")
    return root


def parse_feed_document(body: bytes, item_tag: str) -> FeedDocument:
    """The document with its items (`entry`, `item`). Raises `RetryableResponseError` if it is cut or no XML otherwise."""
    try:
        root = parse_xml(body)
    except RetryableResponseError as error:
        return _parse_item_by_item(body, item_tag, error)
    return FeedDocument(root, tuple(FeedItem(element) for element in root.iter(f"{{*}}{item_tag}")))


def _parse_item_by_item(body: bytes, item_tag: str, error: RetryableResponseError) -> FeedDocument:
    starts = [match.start() for match in re.finditer(rf"<{item_tag}[\s>]".encode(), body)]
    end = max(body.rfind(tag) for tag in (b"</feed>", b"</channel>", b"</ListRecords>"))
    if not starts or end < starts[-1]:  # cut, or malformed elsewhere
        raise error
    head, tail = body[: starts[0]], body[end:]
    root = parse_xml(head + tail)
    chunks = (body[start:stop] for start, stop in zip(starts, [*starts[1:], end], strict=True))
    return FeedDocument(root, tuple(_parse_chunk(head, chunk, tail, item_tag) for chunk in chunks))


def _parse_chunk(head: bytes, chunk: bytes, tail: bytes, item_tag: str) -> FeedItem:
    problem = None
    for repaired in (chunk, _repair_text(chunk, item_tag)):
        try:
            return FeedItem(next(parse_xml(head + repaired + tail).iter(f"{{*}}{item_tag}")), problem)
        except RetryableResponseError as error:
            problem = problem or str(error)
    recovering = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    root = etree.fromstring(head + _repair_text(chunk, item_tag) + tail, recovering)
    return FeedItem(next(_iterate_items(root, item_tag), None), problem)


def _iterate_items(root: etree._Element | None, item_tag: str) -> Iterator[etree._Element]:
    return iter(()) if root is None else root.iter(f"{{*}}{item_tag}")


def _repair_text(chunk: bytes, item_tag: str) -> bytes:
    """The chunk without characters that XML does not allow, and with every `&` and `<` meaning something."""
    text = _CONTROL.sub("", chunk.decode("utf-8", "replace"))
    return _escape_stray_signs(_REFERENCE.sub(_repair_reference, text), item_tag).encode()


def _repair_reference(match: re.Match[str]) -> str:
    number, name = match["number"], match["name"]
    if number:
        code = int(number[1:], 16) if number.startswith("x") else int(number)
        return "" if code > 0x10FFFF or code == 0 or _CONTROL.match(chr(code)) else match[0]
    if name in _XML_NAMES:
        return match[0]
    return html5.get(f"{name};", f"&amp;{name};").replace("<", "&lt;") if name else "&amp;"


def _escape_stray_signs(text: str, item_tag: str) -> str:
    """An item's text with every `<` escaped that opens or closes nothing: `a < b`, `a <b c`, a `<b>` without its end."""
    tags = list(_TAG.finditer(text))
    opened = {tag["name"] for tag in tags if tag["name"] and tag["rest"] and not tag["end"]}
    closed = {item_tag} | {tag["name"] for tag in tags if tag["rest"] and tag["end"]}

    def repair(tag: re.Match[str]) -> str:
        is_whole = tag["rest"] is not None and (
            tag["name"] in (opened if tag["end"] else closed) or (not tag["end"] and tag["rest"].endswith("/>"))
        )
        return tag[0] if is_whole or tag["other"] else f"&lt;{tag[0][1:]}"

    return _TAG.sub(repair, text)


def read_text(element: etree._Element, path: str) -> str:
    """The text of the first element at the path on one line, with that of elements in it; empty if there is none."""
    found = element.find(path)
    return (
        ""
        if found is None
        else fold_white_space(etree.tostring(found, encoding="unicode", method="text", with_tail=False))
    )


def fold_white_space(text: str | None) -> str:
    """The text on one line."""
    return " ".join((text or "").split())


def explain_error_entry(body: bytes) -> str:
    """Why a request was refused: the summary of an Atom error entry, else the start of the text."""
    try:
        summary = parse_xml(body).findtext(".//{*}entry/{*}summary")
    except RetryableResponseError:
        summary = None
    return summarize_body((summary or "").encode() or body)
