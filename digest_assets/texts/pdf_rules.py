"""The short horizontal rules of a PDF's page: what underlines a cell of a table."""

import ctypes
from typing import NamedTuple

import pypdfium2.raw as pdfium_c

_MAX_OBJECTS = 20_000  # a page has some hundreds; a drawn map may have a million
_MAX_THICKNESS = 1.5  # points: LaTeX's rules have 0.4
_MIN_WIDTH, _MAX_WIDTH = 3.0, 60.0  # points: from one digit to `12.34 ± 0.56` in large letters


class Rule(NamedTuple):
    """A rule's ends from the left and its middle from below, in points."""

    x0: float
    x1: float
    y: float


def list_short_rules(page: pdfium_c.FPDF_PAGE) -> list[Rule]:
    """The page's rules that may underline a cell."""
    rules: list[Rule] = []
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    for index in range(min(pdfium_c.FPDFPage_CountObjects(page), _MAX_OBJECTS)):
        item = pdfium_c.FPDFPage_GetObject(page, index)
        if pdfium_c.FPDFPageObj_GetType(item) != pdfium_c.FPDF_PAGEOBJ_PATH:
            continue
        if not pdfium_c.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            continue
        if top.value - bottom.value <= _MAX_THICKNESS and _MIN_WIDTH <= right.value - left.value <= _MAX_WIDTH:
            rules.append(Rule(left.value, right.value, (bottom.value + top.value) / 2))
    return rules
