"""Charts by pygal, drawn on the server: for pages (light, dark, wide, narrow), for files, and for pictures in mail.

A chart's title is a finding and stands outside of it; here are the axes. Each chart has a table beside it, so the
drawing itself is one image to a screen reader. Which kind shows what:

    lines, areas       how something moved; how several parts moved and what they came to
    columns, bars      amounts at points of time; amounts of things with names
    donut, treemap     parts of a whole: a handful; many of very different size
    funnel, gauge      how many were left after each step; how much of a limit is used
    boxes, dots        how numbers are spread in groups; how much falls on each pair of two things
    radar, pyramid     a few things by the same measures, or around the clock; two sides of the same groups
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from xml.etree import ElementTree

import resvg_py
from flask_babel import gettext as _
from markupsafe import Markup

from app.reports.drawing import LYING, NARROW_UNDER, Frame, Plot, Series, draw, formatter
from app.reports.shapes import Graph
from app.reports.theme import (
    ACCENT,
    AMBER,
    FONTS,
    GREEN,
    GREY,
    PAPER,
    PARTS,
    RED,
    TEAL,
    VARIABLES,
    VIOLET,
    font_files,
)

__all__ = [
    "ACCENT", "AMBER", "GREEN", "GREY", "PARTS", "RED", "TEAL", "VIOLET", "Chart", "Frame", "Part", "Series", "Spread",
]  # fmt: skip
LABELLED_BY_SERIES = ("Pie", "Treemap", "Funnel", "SolidGauge")


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things that a whole is made of."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers behind a chart, as they are written."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing for a page, a file or a picture. `kind` is pygal's name of it; what is equal draws the same."""

    alt: str
    kind: str
    series: tuple[Series, ...]
    frame: Frame
    height: int = 280

    @property
    def narrow_height(self) -> int:
        return self.height if self.kind in (*LYING, "Radar", "Dot") else min(self.height, 260)

    def on_page(self) -> Markup:
        """Return the SVG for wide and for narrow pages; the style sheet shows one of them."""
        return _on_page(self)

    def svg(self, width: int = 1120) -> str:
        """Return a drawing that stands by itself, in the light theme."""
        root = self._tree(width, self.height)
        root.set("width", str(width))
        root.set("height", str(self.height))
        return ElementTree.tostring(root, encoding="unicode").replace("font-family:inherit", f"font-family:{FONTS}")

    def png(self, width: int = 600, height: int = 240) -> bytes:
        """Return a picture twice as fine as `width`, for screens of today."""
        svg = ElementTree.tostring(self._tree(width, height), encoding="unicode")
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg.replace("font-family:inherit", f"font-family:{FONTS}"),
                background=PAPER,
                zoom=2,
                font_files=list(font_files()),
                font_family="Pretendard",
                sans_serif_family="Pretendard",
            ),
        )

    def _tree(self, width: int, height: int) -> ElementTree.Element:
        return _tidied(self.draw(width, height), self.alt)

    def draw(self, width: int, height: int) -> Graph:
        return draw(Plot(self.kind, self.series, self.frame, width, height))

    def table(self) -> Table:
        """Return the numbers behind the drawing, for whoever does not see it, or wants them."""
        written = formatter(self.frame.unit)
        if self.kind in LABELLED_BY_SERIES:
            return Table(("", _("Number")), tuple((row.name, _written(row.values[0], written)) for row in self.series))
        if self.kind in ("Box", "Dot"):
            head = self.frame.labels or (_("Least"), _("Quarter"), _("Median"), _("Three quarters"), _("Most"))
            rows = tuple((row.name, *(_written(value, written) for value in row.values)) for row in self.series)
            return Table(("", *head), rows)
        columns = [[_written(value, written) for value in row.values] for row in self.series]
        head = (self.frame.x_title, *(row.name for row in self.series))
        return Table(head, tuple(zip(self.frame.labels, *columns, strict=True)))


@lru_cache(maxsize=256)
def _on_page(chart: Chart) -> Markup:
    # Drawing takes 10 ms a size, and most views of a page show what the view before showed.
    wide = _svg(chart, 1120, chart.height, f"(width < {NARROW_UNDER}px)")
    narrow = _svg(chart, 400, chart.narrow_height, f"(width >= {NARROW_UNDER}px)")
    return Markup(wide + narrow)  # noqa: S704 - drawn by us; pygal escapes labels


def _svg(chart: Chart, width: int, height: int, hidden_when: str) -> str:
    graph = chart.draw(width, height)
    root = _tidied(graph, chart.alt)
    style = root.find(".//style")
    assert style is not None
    style.text = f"{style.text}@media {hidden_when}{{#chart-{graph.uuid}{{display:none!important}}}}"
    svg = ElementTree.tostring(root, encoding="unicode")
    return re.sub("|".join(VARIABLES), lambda found: VARIABLES[found[0]], svg)


def lines(series: Sequence[Series], frame: Frame, *, alt: str) -> Chart:
    """Lines over time; a filled one is an area."""
    return Chart(alt, "Line", tuple(series), frame)


def areas(series: Sequence[Series], frame: Frame, *, alt: str) -> Chart:
    """Areas on top of each other over time: parts, and what they come to."""
    return Chart(alt, "StackedLine", tuple(replace(row, fill=True) for row in series), frame)


def columns(series: Sequence[Series], frame: Frame, *, alt: str, stacked: bool = False) -> Chart:
    """Columns side by side, or one on the other: amounts at points of time."""
    return Chart(alt, "StackedBar" if stacked else "Bar", tuple(series), frame)


def bars(series: Sequence[Series], frame: Frame, *, alt: str, stacked: bool = False) -> Chart:
    """Lying bars, beside each other or end to end: amounts of things with long names, the first at the top."""
    kind = "HorizontalStackedBar" if stacked else "HorizontalBar"
    return Chart(alt, kind, tuple(series), frame, height=72 + 34 * len(frame.labels))


def donut(parts: Sequence[Part], *, alt: str, others: str = "", colors: Sequence[str] = PARTS) -> Chart:
    """A handful of parts of a whole; the smallest of too many are one part, called `others`."""
    shown = _folded(parts, len(colors), others or _("Others"))
    return Chart(alt, "Pie", _one_each(shown, colors), Frame(), height=240)


def treemap(parts: Sequence[Part], *, alt: str, most: int = 24) -> Chart:
    """Many parts of a whole, of very different size: tiles, the largest first."""
    shown = _folded(parts, most, _("Others"))
    return Chart(alt, "Treemap", _one_each(shown, [ACCENT] * len(shown)), Frame(), height=320)


def funnel(steps: Sequence[Part], *, alt: str) -> Chart:
    """How many were left after each step."""
    return Chart(alt, "Funnel", _one_each(steps, [ACCENT] * len(steps)), Frame(), height=240)


def gauge(part: Part, *, most: float, alt: str, unit: str = "", color: str = ACCENT) -> Chart:
    """How much of a limit is used."""
    return Chart(alt, "SolidGauge", (Series(part.name, (part.value,), color),), Frame(unit=unit, most=most), height=200)


@dataclass(frozen=True, slots=True)
class Spread:
    """How the numbers of a group are spread: the least, a quarter of the way, the middle, three quarters, the most."""

    name: str
    least: float
    lower: float
    median: float
    upper: float
    most: float


def boxes(groups: Sequence[Spread], *, alt: str, unit: str = "", y_title: str = "") -> Chart:
    """How numbers are spread within groups."""
    rows = [Series(g.name, (g.least, g.lower, g.median, g.upper, g.most)) for g in groups]
    return Chart(alt, "Box", tuple(rows), Frame(unit=unit, y_title=y_title))


def dots(rows: Sequence[Series], frame: Frame, *, alt: str, row_height: int = 34) -> Chart:
    """How much falls on each pair of two things: a row of dots for each series, a column for each label."""
    return Chart(alt, "Dot", tuple(rows), frame, height=64 + row_height * len(rows))


def radar(series: Sequence[Series], frame: Frame, *, alt: str) -> Chart:
    """A few things by the same measures, or something around the clock."""
    return Chart(alt, "Radar", tuple(series), frame, height=340)


def pyramid(left: Series, right: Series, frame: Frame, *, alt: str) -> Chart:
    """Two sides of the same groups, back to back, the first group at the top."""
    return Chart(alt, "Pyramid", (left, right), frame, height=88 + 28 * len(frame.labels))


def _folded(parts: Sequence[Part], most: int, others: str) -> list[Part]:
    ordered = sorted((part for part in parts if part.value), key=lambda part: -part.value)
    if len(ordered) <= most:
        return ordered
    rest = sum(part.value for part in ordered[most - 1 :])
    return [*ordered[: most - 1], Part(others, rest)]


def _one_each(parts: Sequence[Part], colors: Sequence[str]) -> tuple[Series, ...]:
    return tuple(Series(part.name, (part.value,), color) for part, color in zip(parts, colors, strict=False))


def _written(value: float | None, written: Callable[[float], str]) -> str:
    return "–" if value is None else written(value)


def _tidied(graph: Graph, alt: str) -> ElementTree.Element:
    """Take out what a page may not carry (scripts) and what nobody reads; values become the browser's own tooltips."""
    root = graph.render_tree()
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == "script" or not isinstance(child.tag, str):
                parent.remove(child)
    for group in root.iter("g"):
        _tooltip(group)
    for title in root.findall("title"):
        root.remove(title)
    root.set("role", "img")
    root.set("aria-label", alt)
    root.set("focusable", "false")
    return root


def _tooltip(group: ElementTree.Element) -> None:
    said = {desc.get("class", ""): desc.text or "" for desc in group.findall("desc")}
    for desc in group.findall("desc"):
        group.remove(desc)
    if said.get("value"):
        title = ElementTree.Element("title")
        title.text = ": ".join(part for part in (said.get("x_label", ""), said["value"]) if part)
        group.insert(0, title)
