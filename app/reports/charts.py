"""Charts by pygal, drawn on the server: one theme, for pages (light, dark, wide, narrow) and for pictures in mail.

A chart's title is a finding and stands outside of it; here are the axes. Each chart has a table beside it, so the
drawing itself is one image to a screen reader.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from xml.etree import ElementTree

import pygal
import resvg_py
from markupsafe import Markup
from pygal.style import Style

from config.settings import ROOT

# The light theme's colours, and the variables of the pages that stand for them.
INK, SOFT, RULE, PAPER = "#1b1c1e", "#5b5f66", "#e0ddd6", "#ffffff"
ACCENT, GREEN, AMBER, RED, GREY = "#2149a8", "#19673a", "#7a4f00", "#a12018", "#8b8982"
VARIABLES = {
    INK: "var(--ink)", SOFT: "var(--ink-2)", RULE: "var(--rule)", PAPER: "transparent", ACCENT: "var(--accent)",
    GREEN: "var(--green)", AMBER: "var(--amber)", RED: "var(--red)", GREY: "var(--rule-strong)",
}  # fmt: skip
FONTS = 'Pretendard, "Noto Sans CJK KR", "Apple SD Gothic Neo", "Malgun Gothic", sans-serif'
FONT_FOLDERS = (ROOT / "app/web/static/dist", ROOT / "frontend/node_modules/pretendard/dist/public/static")
NARROW_UNDER = 700


class Graph(Protocol):
    uuid: str

    def add(self, title: str, values: Sequence[Any], **options: Any) -> None: ...
    def render_tree(self) -> ElementTree.Element: ...


@dataclass(frozen=True, slots=True)
class Series:
    """A row of values with its name and colour."""

    name: str
    values: tuple[float | None, ...]
    color: str = ACCENT
    fill: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What all series share: names of the points, names of the axes, which points are named on the axis."""

    labels: tuple[str, ...]
    x_title: str = ""
    y_title: str = ""
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing for a page or a picture. `kind` is pygal's name of it; what is equal draws the same."""

    alt: str
    kind: str
    series: tuple[Series, ...]
    frame: Frame
    height: int = 280

    def on_page(self) -> Markup:
        """Return the SVG for wide and for narrow pages; the style sheet shows one of them."""
        return _on_page(self)

    def png(self, width: int = 600, height: int = 240) -> bytes:
        """Return a picture twice as fine as `width`, for screens of today."""
        svg = ElementTree.tostring(_tidied(self.draw(width, height), self.alt), encoding="unicode")
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

    def draw(self, width: int, height: int) -> Graph:
        if self.kind == "HorizontalBar":
            return _lying(self, width)
        return _plain(self.kind, self.series, self.frame, width, height)


@lru_cache(maxsize=256)
def _on_page(chart: Chart) -> Markup:
    # Drawing takes 10 ms a size, and most views of a page show what the view before showed.
    wide = _svg(chart, 1120, chart.height, f"(width < {NARROW_UNDER}px)")
    narrow = _svg(chart, 400, min(chart.height, 260), f"(width >= {NARROW_UNDER}px)")
    return Markup(wide + narrow)  # noqa: S704 - drawn by us; pygal escapes labels


def _svg(chart: Chart, width: int, height: int, hidden_when: str) -> str:
    graph = chart.draw(width, height)
    root = _tidied(graph, chart.alt)
    style = root.find(".//style")
    assert style is not None
    style.text = f"{style.text}@media {hidden_when}{{#chart-{graph.uuid}{{display:none!important}}}}"
    svg = ElementTree.tostring(root, encoding="unicode")
    return re.sub("|".join(VARIABLES), lambda found: VARIABLES[found[0]], svg)


def columns(series: Sequence[Series], frame: Frame, *, alt: str, stacked: bool = False) -> Chart:
    """Columns side by side, or one on the other: amounts at points of time."""
    return Chart(alt, "StackedBar" if stacked else "Bar", tuple(series), frame)


def bars(series: Sequence[Series], frame: Frame, *, alt: str) -> Chart:
    """Lying bars: amounts of things with long names, the first at the top."""
    return Chart(alt, "HorizontalBar", tuple(series), frame, height=72 + 34 * len(frame.labels))


def lines(series: Sequence[Series], frame: Frame, *, alt: str) -> Chart:
    """Lines over time; a filled one is an area."""
    return Chart(alt, "Line", tuple(series), frame)


def _lying(chart: Chart, width: int) -> Graph:
    """Draw from the bottom up, as pygal counts, with names cut to the room there is."""
    length = 14 if width < NARROW_UNDER else 36
    labels = tuple(_cut(label, length) for label in reversed(chart.frame.labels))
    turned = [replace(row, values=row.values[::-1]) for row in chart.series]
    return _plain(chart.kind, turned, replace(chart.frame, labels=labels), width, chart.height)


def _cut(label: str, length: int) -> str:
    return label if len(label) <= length else f"{label[: length - 1]}…"


def _plain(kind: str, series: Sequence[Series], frame: Frame, width: int, height: int) -> Graph:
    graph: Graph = getattr(pygal, kind)(
        **_options(series, width, height),
        x_labels=list(frame.labels),
        x_labels_major=list(frame.shown) or None,
        show_minor_x_labels=not frame.shown,
        x_title=frame.x_title or None,
        y_title=frame.y_title if width > NARROW_UNDER else None,
        value_formatter=_whole,
    )
    for row in series:
        graph.add(row.name, list(row.values), fill=row.fill, show_dots=len(row.values) < 3)
    return graph


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _options(series: Sequence[Series], width: int, height: int) -> dict[str, Any]:
    return {
        "width": width,
        "height": height,
        "style": _style(tuple(row.color for row in series), ".22" if any(row.fill for row in series) else ".9"),
        "js": [],
        "show_legend": len(series) > 1,
        "legend_at_bottom": True,
        "legend_at_bottom_columns": len(series),
        "legend_box_size": 10,
        "margin": 8,
        "spacing": 8,
        "min_scale": 2,
        "max_scale": 5,
        "range": (0, 4) if _empty(series) else None,
        "order_min": 0,
        "include_x_axis": True,
        "rounded_bars": 2,
        "truncate_label": -1,
        "truncate_legend": -1,
        "stroke_style": {"width": 2.5, "linejoin": "round"},
    }


def _empty(series: Sequence[Series]) -> bool:
    return not any(value for row in series for value in row.values)


@lru_cache(maxsize=64)
def _style(colors: tuple[str, ...], opacity: str) -> Style:
    return Style(
        colors=colors,
        background=PAPER,
        plot_background=PAPER,
        foreground=SOFT,
        foreground_strong=INK,
        foreground_subtle=RULE,
        guide_stroke_color=RULE,
        major_guide_stroke_color=RULE,
        guide_stroke_dasharray="0",
        major_guide_stroke_dasharray="0",
        font_family="inherit",
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=14,
        title_font_size=14,
        value_font_size=13,
        no_data_font_size=16,
        opacity=opacity,
        opacity_hover="1",
        stroke_opacity="1",
        stroke_width="2",
        transition="0ms",
    )


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


@lru_cache(maxsize=1)
def font_files() -> tuple[str, ...]:
    """The typeface for pictures where one is built; elsewhere the system's fonts draw them."""
    names = ("Pretendard-Regular.otf", "Pretendard-SemiBold.otf")
    found = [folder / name for name in names for folder in FONT_FOLDERS if (folder / name).is_file()]
    return tuple(str(path) for path in dict.fromkeys(map(Path, found)))
