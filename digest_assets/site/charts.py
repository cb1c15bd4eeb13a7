"""Trend charts as SVG that takes its colours and faces from the page.

Drawn by pygal (https://www.pygal.org), whose marks carry classes instead of colours: a chart follows the reader's
light or dark page, needs no script, and weighs a few kilobytes. Its own style, script and date are taken out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pygal
from lxml import etree
from markupsafe import Markup

_SVG = "{http://www.w3.org/2000/svg}"
_SIZE = {"width": 640, "height": 260}
_MAX_GRID_LINES = 5  # of a scale
_COUNTED = "{:,.0f}"
_MAX_LABELS = 6  # below an axis
_AXIS, _LETTER = 590, 9.5  # widths in the chart's units; of a letter of the telephone's size, 18


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart, and its values for who cannot see it: rows of a step's name and a value for each series."""

    name: str
    title: str
    step: str
    series: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    svg: Markup


def draw_bars(
    name: str,
    title: str,
    step: str,
    values: Sequence[tuple[str, float | None]],
    *,
    unit: str = _COUNTED,
    top: float | None = None,
    links: Sequence[str | None] = (),
) -> Chart:
    """One bar for each step; `links` gives a bar its page, `most` fixes the top of the scale."""
    chart = _make_chart(pygal.Bar, unit, (0, top) if top else None)
    chart.x_labels, chart.x_labels_major = _choose_labels([label for label, _ in values])
    chart.add(
        title,
        [
            {"value": value, **({"xlink": {"href": link, "target": "_self"}} if link else {})}
            for (_, value), link in zip(values, links or [None] * len(values), strict=True)
        ],
    )
    if unit == _COUNTED and not top:
        _count_whole(chart, [value for _, value in values])
    rows = tuple((label, _format_value(value, unit)) for label, value in values)
    return Chart(name, title, step, (title,), rows, _render_svg(chart))


def draw_lines(
    name: str, title: str, step: str, steps: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]]
) -> Chart:
    """One line for each series, with a legend below."""
    chart = _make_chart(pygal.Line, _COUNTED, None, dots_size=2.5)
    chart.x_labels, chart.x_labels_major = _choose_labels(steps)
    for label, values in series:
        chart.add(label, list(values))
    _count_whole(chart, [value for _, values in series for value in values])
    rows = tuple(
        (label, *(_format_value(values[index], _COUNTED) for _, values in series)) for index, label in enumerate(steps)
    )
    return Chart(name, title, step, tuple(label for label, _ in series), rows, _render_svg(chart))


def _make_chart(kind: Any, unit: str, scale: tuple[float, float] | None, **options: Any) -> Any:
    return kind(
        **_SIZE,
        css=(),
        js=(),
        no_prefix=True,
        disable_xml_declaration=True,
        show_legend=False,  # the page has one of its own, which wraps
        show_minor_x_labels=False,
        truncate_label=-1,
        spacing=14,
        margin=6,
        max_scale=_MAX_GRID_LINES,
        min_scale=2,
        range=scale,
        include_x_axis=True,
        value_formatter=lambda value: _format_value(value, unit),
        **options,
    )


def _choose_labels(steps: Sequence[str]) -> tuple[list[str], list[str]]:
    """All steps, and those of them that are written below the axis, the newest and as many as have room."""
    longest = max(map(len, steps), default=0) + 2  # with a gap
    room = max(1, min(_MAX_LABELS, int(_AXIS / (_LETTER * longest))))
    every = max(1, -(-len(steps) // room))
    return list(steps), list(steps[::-1][::every])


def _count_whole(chart: Any, values: Sequence[float | None]) -> None:
    """Papers are counted: between two of them stands no line of the scale."""
    top = max((value for value in values if value is not None), default=0)
    if top < _MAX_GRID_LINES:
        chart.y_labels = list(range(max(int(top), 1) + 1))


def _format_value(value: float | None, unit: str) -> str:
    return "–" if value is None else unit.format(value)


def _render_svg(chart: Any) -> Markup:
    root = etree.fromstring(
        chart.render(is_unicode=True), etree.XMLParser(remove_comments=True, resolve_entities=False)
    )
    for element in list(root.iter(f"{_SVG}defs", f"{_SVG}desc", f"{_SVG}script", f"{_SVG}style", f"{_SVG}title")):
        element.getparent().remove(element)
    for element in root.iter():
        for attribute in {"id", "style", "onclick"} & set(element.attrib):
            del element.attrib[attribute]
    for link in root.iter(f"{_SVG}a"):  # for the mouse; the table below the chart serves the keyboard
        link.set("tabindex", "-1")
    root.set("aria-hidden", "true")
    return Markup(etree.tostring(root, encoding="unicode"))  # noqa: S704 - lxml escapes labels
