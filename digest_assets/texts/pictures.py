"""Pictures of figures: an image file, or the region above a caption in a PDF, as a small WebP. For the parsing processes.

Whether a picture may be kept and shown is no matter of this module: see `tables.is_picture_allowed`.
"""

from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image, UnidentifiedImageError

from digest_assets.common.errors import ReadingError
from digest_assets.texts.document import Figure, Picture

MAX_SIDE = 720  # pixels: a column of text on a screen with two pixels to each of CSS's 360 of a phone
MAX_KEPT_BYTES = 120_000  # a hundred pictures a day are at most 12 MB; most of a diagram's take 20 kB
MAX_PIXELS = 40_000_000  # of an image that is opened: 160 MB of memory; a poster at 300 dpi has some 30 million
_QUALITIES = (80, 60, 40)  # tried in turn until the picture is small enough
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")  # what pages have; Pillow's other readers are rarely looked at

_MAX_OBJECTS = 20_000  # of a page that are looked at; a scatter plot has some thousands
_MAX_MATCHES = 200  # of a caption's first word on one page
_COMPARED = 20  # letters and digits by which a caption is found: enough to tell it from "Figure 1 shows"
_MIN_SIDE = 40.0  # points, half an inch: less is a rule or a logo
_GAP = 28.0  # points between a figure's rows, with a line like "(a) Left" between; between two figures there are 40
_ASIDE = 60.0  # points between panels of a row
_LABEL_GAP = 6.0  # points between a drawing and the labels around it
_BACKGROUND_SHARE = 0.8  # of the page's area: what covers more is its background
_MAX_SCALE = 4.0  # 288 dpi: small figures are not blown up further


class Box(NamedTuple):
    """A region of a page in points, from its lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.top - self.bottom

    def join(self, other: "Box") -> "Box":
        """The smallest box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.bottom, other.bottom),
            max(self.right, other.right),
            max(self.top, other.top),
        )

    def is_near(self, other: "Box", aside: float, above: float) -> bool:
        """Whether the gaps between the two are at most these."""
        return (
            other.left - self.right <= aside
            and self.left - other.right <= aside
            and other.bottom - self.top <= above
            and self.bottom - other.top <= above
        )


def shrink_image(path: Path) -> Picture:
    """The image in a file, made small. Raises `ReadingError` for one that is none, or too large."""
    try:
        with Image.open(path, formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ReadingError(f"larger than {MAX_PIXELS / 1e6:g} megapixels")
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a JPEG is decoded no larger than it is needed
            return _encode_picture(image)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise ReadingError("not an image that can be read") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # what Pillow raises for damaged files
        raise ReadingError("damaged image") from error


def draw_figure(path: Path, figure: Figure) -> Picture:
    """What a PDF shows above a figure's caption. Raises `ReadingError` where there is nothing."""
    try:
        with pdfium.PdfDocument(path) as document:
            page = document[(figure.page or 1) - 1]
            region = _find_region(page, figure.caption)
            if region is None:
                raise ReadingError("no picture above the caption")
            return _draw_region(page, region)
    except (pdfium.PdfiumError, IndexError, ValueError) as error:
        raise ReadingError("damaged page") from error


def _encode_picture(image: Image.Image) -> Picture:
    """As WebP, on white, no larger than is kept."""
    image.thumbnail((MAX_SIDE, MAX_SIDE))
    if image.mode not in ("RGB", "L"):
        with_alpha = image.convert("RGBA")
        image = Image.new("RGB", image.size, "white")
        image.paste(with_alpha, mask=with_alpha)
    while True:
        for quality in _QUALITIES:
            buffer = BytesIO()
            image.save(buffer, "WEBP", quality=quality)
            if buffer.tell() <= MAX_KEPT_BYTES:
                return Picture(buffer.getvalue(), image.width, image.height)
        image = image.reduce(2)  # noise, which does not compress


def _draw_region(page: pdfium.PdfPage, region: Box) -> Picture:
    left, bottom, right, top = page.get_bbox()
    scale = min(MAX_SIDE / max(region.width, region.height), _MAX_SCALE)
    crop = (region.left - left, region.bottom - bottom, right - region.right, top - region.top)
    bitmap = page.render(scale=scale, crop=crop)
    return _encode_picture(bitmap.to_pil())


def _find_region(page: pdfium.PdfPage, caption: str) -> Box | None:
    """The drawings and images that stand above the caption and belong together."""
    text_page = page.get_textpage()
    line = _find_caption(text_page, caption)
    if line is None or page.get_rotation():
        return None
    whole = Box(*page.get_bbox())
    middle = (whole.left + whole.right) / 2
    allowed = whole  # where the figure may stand: in the caption's column, or anywhere if that stands across
    if line.right < middle:
        allowed = whole._replace(right=middle)
    elif line.left > middle:
        allowed = whole._replace(left=middle)
    floor = line.top
    found = [
        box._replace(bottom=max(box.bottom, floor))
        for box in _list_drawings(page, whole)
        if box.top > floor and allowed.left <= (box.left + box.right) / 2 <= allowed.right
    ]
    region: Box | None = None
    while True:
        near = [box for box in found if (region or line).is_near(box, _ASIDE, _GAP)]
        if not near:
            break
        found = [box for box in found if box not in set(near)]
        for box in near:
            region = box if region is None else region.join(box)
    if region is None or min(region.width, region.height) < _MIN_SIDE:
        return None
    region = _add_labels(region, text_page, floor)
    return Box(
        max(region.left - 2, whole.left), floor, min(region.right + 2, whole.right), min(region.top + 2, whole.top)
    )


def _list_drawings(page: pdfium.PdfPage, whole: Box) -> Iterator[Box]:
    """Where the page has images, drawings and embedded figures."""
    for item in islice(page.get_objects(max_depth=1), _MAX_OBJECTS):
        if item.type == pdfium_c.FPDF_PAGEOBJ_TEXT:
            continue
        left, bottom, right, top = item.get_bounds()
        box = Box(
            max(left, whole.left), max(bottom, whole.bottom), min(right, whole.right), min(top, whole.top)
        )  # what reaches out of the page is not seen
        if (
            box.width >= 0
            and box.height >= 0
            and box.width * box.height < _BACKGROUND_SHARE * whole.width * whole.height
        ):
            yield box


def _add_labels(region: Box, text_page: pdfium.PdfTextPage, floor: float) -> Box:
    """The region with the text that stands beside it, or right above it and is no line of the paper."""
    for index in range(min(text_page.count_rects(), _MAX_OBJECTS)):
        box = Box(*text_page.get_rect(index))
        beside = region.bottom <= (box.bottom + box.top) / 2 <= region.top and box.is_near(region, _LABEL_GAP, 0)
        above = box.bottom >= region.top and box.is_near(region, 0, _LABEL_GAP) and box.width < region.width / 2
        if box.bottom >= floor and (beside or above):
            region = region.join(box)
    return region


def _find_caption(text_page: pdfium.PdfTextPage, caption: str) -> Box | None:
    """The first line of the caption on the page."""
    words = caption.split()
    caption_start = _fold(caption)[:_COMPARED]
    if not words or not caption_start:
        return None
    searcher = text_page.search(words[0], match_case=True)
    for _ in range(_MAX_MATCHES):
        match = searcher.get_next()
        if match is None:
            return None
        start = match[0]
        count = min(len(caption) + _COMPARED, text_page.count_chars() - start)
        if _fold(text_page.get_text_range(start, count)).startswith(caption_start):
            return _measure_line(text_page, start, count)
    return None


def _measure_line(text_page: pdfium.PdfTextPage, start: int, count: int) -> Box:
    """The box of the text that begins at a character, up to the end of its line."""
    line = Box(*text_page.get_charbox(start))
    for index in range(start + 1, start + count):
        box = Box(*text_page.get_charbox(index))
        if box.top < line.bottom:
            break
        if box.width > 0 and box.left >= line.left:
            line = line.join(box)
    return line


def _fold(text: str) -> str:
    """Letters and digits alone: spaces and hyphens are read in several ways."""
    return "".join(filter(str.isalnum, text)).casefold()
