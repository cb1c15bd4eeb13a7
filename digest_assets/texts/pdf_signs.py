"""The signs of a PDF's page as pdfium lists them: by their places in this list pdfium is asked about them."""

import ctypes
import re
from bisect import bisect_right
from itertools import repeat

import pypdfium2.raw as pdfium_c

from digest_assets.texts.lines import HYPHEN_MARK
from digest_assets.texts.pdf_calls import call_directly

_MAX_GAPS = 50  # each is found by a dozen questions, while a page has thousands of signs to ask for

_get_sign = call_directly(pdfium_c.FPDFText_GetUnicode)
_get_text = call_directly(pdfium_c.FPDFText_GetText)
_count_signs = call_directly(pdfium_c.FPDFText_CountChars)
_find_in_text = call_directly(pdfium_c.FPDFText_GetTextIndexFromCharIndex)
_find_in_list = call_directly(pdfium_c.FPDFText_GetCharIndexFromTextIndex)


def read_signs(handle: ctypes.c_void_p) -> tuple[str, bool]:
    """The signs of a text page, and whether some stand outside the basic plane: these are two halves, or lost one.

    pdfium's text is its list, mostly, and comes at once; where it left signs out, only these are asked for.
    """
    text, listed = _read_text(handle)
    if listed:
        return text, False
    signs = (_fill_gaps(handle, text) or _ask_signs(handle)).replace("\x02", HYPHEN_MARK)
    return signs, len(join_surrogates(signs)) != len(signs)


def _read_text(handle: ctypes.c_void_p) -> tuple[str, bool]:
    """What pdfium takes for the page's text, halves of signs outside the basic plane as two, and if its list is the same."""
    count = _count_signs(handle)
    end = _find_in_text(handle, count - 1) if count > 0 else -1
    if end < 0:  # the last sign is not in the text, so that its length is not known
        return "", count <= 0
    buffer = (ctypes.c_ushort * (end + 2))()  # with the zero at its end
    size = _get_text(handle, 0, count, buffer) - 1
    text = bytes(buffer)[: 2 * size].decode("utf-16-le", "ignore")
    if len(text) == size == count:
        return text, True
    return "".join(map(chr, buffer[:size])) if size == end + 1 else "", False


def _fill_gaps(handle: ctypes.c_void_p, text: str) -> str:
    """The text with the signs of pdfium's list that are not in it; nothing where they are many or the list has others."""
    count = _count_signs(handle)
    if not 0 <= count - len(text) <= _MAX_GAPS:
        return ""
    signs, start = "", 0
    while start < len(text):
        shift = _find_in_list(handle, start) - start
        signs += _ask_signs(handle, len(signs), start + shift)
        end = bisect_right(range(len(text)), shift, start, key=lambda place: _find_in_list(handle, place) - place)
        if end == start:
            return ""
        signs += text[start:end]
        start = end
    if len(signs) != count:
        return ""
    # In the text the mark stands for signs without a meaning too.
    return re.sub(HYPHEN_MARK, lambda match: _ask_signs(handle, *match.span()), signs)


def _ask_signs(handle: ctypes.c_void_p, first: int = 0, end: int | None = None) -> str:
    """The signs of pdfium's list, all of them or from one place to another."""
    places = range(first, _count_signs(handle) if end is None else end)
    return "".join(map(chr, map(_get_sign, repeat(handle), places)))


def join_surrogates(text: str) -> str:
    """Halves of signs put together; a half alone left out."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
