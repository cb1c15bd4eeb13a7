"""Floats of a LaTeXML page: figures and tables with their captions, each once, also where panels share a float."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from lxml import etree

from digest_assets.texts.document import Figure
from digest_assets.texts.html_elements import get_classes, get_id
from digest_assets.texts.html_tables import is_table

FLOAT_CLASSES = frozenset({"ltx_figure", "ltx_table", "ltx_float"})
_MAX_PICTURE_CHARACTERS = 300  # of an image's address; a longer one holds the image itself


@dataclass(slots=True)
class Float:
    """An open float, and the one around it, whose panel it is then.

    `captions` are its own, each once; `repeated` the elements that repeat one; `tables` counts its own tables.
    """

    element: str
    outer: "Float | None" = None
    captions: list[str] = field(default_factory=list)
    repeated: list[etree._Element] = field(default_factory=list)
    tables: int = 0
    _taken: int = 0

    def take_caption(self) -> str:
        """The caption of the float's next table, behind that of the float around it."""
        around = self.outer._take_own() if self.outer is not None else ""
        return f"{around} {self._take_own()}".strip()

    def _take_own(self) -> str:
        index = min(self._taken, len(self.captions) - 1) if len(self.captions) == self.tables else -1
        self._taken += 1
        return self.captions[index] if self.captions else ""


def is_float(element: etree._Element) -> bool:
    """Whether the element is a figure's or table's box; `ltx_table` is also a class of tables themselves."""
    return element.tag != "table" and not FLOAT_CLASSES.isdisjoint(get_classes(element))


def open_float(element: etree._Element, outer: Float | None, read_inline: Callable[[etree._Element], str]) -> Float:
    """Look what the float holds, before it is walked; the panels in it are looked at when they are opened."""
    found = Float(get_id(element), outer)
    panels = _look_into(element, found, read_inline)
    if found.tables and not found.captions:
        # A caption that stands beside its table is a panel by itself.
        for panel in panels:
            beside = Float("")
            _look_into(panel, beside, read_inline)
            found.captions += [] if beside.tables else beside.captions
    return found


def _look_into(
    element: etree._Element, found: Float, read_inline: Callable[[etree._Element], str]
) -> list[etree._Element]:
    """Note the float's own captions and tables; return the floats within it."""
    panels = []
    waiting = list(reversed(element))
    while waiting:
        part = waiting.pop()
        if not isinstance(part.tag, str):
            continue
        if is_float(part):
            panels.append(part)
        elif part.tag == "figcaption" or (part.tag == "div" and "ltx_caption" in get_classes(part)):
            text = read_inline(part)
            if text in found.captions:
                found.repeated.append(part)
            elif text:
                found.captions.append(text)
        elif is_table(part):
            found.tables += 1
        else:
            waiting.extend(reversed(part))
    return panels


def read_figure(element: etree._Element, found: Float) -> Figure | None:
    """The figure that a float is, if it is one with a caption and no panel of another."""
    is_panel = found.outer is not None and bool(found.outer.captions)
    if is_panel or not found.captions or "ltx_figure" not in get_classes(element):
        return None
    sources = (image.get("src") or "" for image in element.iter("img"))
    picture = next((source for source in sources if source and len(source) <= _MAX_PICTURE_CHARACTERS), "")
    return Figure(" ".join(found.captions), None, found.element, picture)


def resolve_picture(figure: Figure, root: etree._Element) -> Figure:
    """The figure with its image's address as from the page's own: arxiv.org's pages name another base for theirs."""
    base = next((element.get("href") for element in root.iter("base") if element.get("href")), None)
    if base is None or not figure.picture:
        return figure
    try:
        return replace(figure, picture=urljoin(base, figure.picture))
    except ValueError:  # an address that is none
        return replace(figure, picture="")
