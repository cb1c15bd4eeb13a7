"""The short horizontal rules of a PDF's page: what underlines a cell of a table."""

import ctypes
from itertools import repeat
from typing import NamedTuple

import pypdfium2.raw as pdfium_c

from digest_assets.texts.pdf_calls import call_directly

_MAX_OBJECTS = 20_000  # a page has some hundreds; a drawn map may have a million
_MAX_THICKNESS = 1.5  # points: LaTeX's rules have 0.4
_MIN_WIDTH, _MAX_WIDTH = 3.0, 60.0  # points: from one digit to `12.34 ± 0.56` in large letters


class Rule(NamedTuple):
    """A rule's ends from the left and its middle from below, in points."""

    x0: float
    x1: float
    y: float


_left, _bottom, _right, _top = (ctypes.c_float() for _ in range(4))
_places = tuple(map(ctypes.byref, (_left, _bottom, _right, _top)))
_get_object = call_directly(pdfium_c.FPDFPage_GetObject)
_get_type = call_directly(pdfium_c.FPDFPageObj_GetType)
_get_bounds = call_directly(pdfium_c.FPDFPageObj_GetBounds)


def list_short_rules(page: pdfium_c.FPDF_PAGE) -> list[Rule]:
    """The page's rules that may underline a cell."""
    rules: list[Rule] = []
    places = range(min(pdfium_c.FPDFPage_CountObjects(page), _MAX_OBJECTS))
    items = list(map(_get_object, repeat(page), places))
    for item, kind in zip(items, map(_get_type, items), strict=True):
        if kind != pdfium_c.FPDF_PAGEOBJ_PATH or not _get_bounds(item, *_places):
            continue
        bottom, top = _bottom.value, _top.value
        if top - bottom > _MAX_THICKNESS:
            continue
        left, right = _left.value, _right.value
        if _MIN_WIDTH <= right - left <= _MAX_WIDTH:
            rules.append(Rule(left, right, (bottom + top) / 2))
    return rules
