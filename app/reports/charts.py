"""Charts by pygal, drawn on the server: one theme, for pages (light, dark, wide, narrow) and for pictures in mail.

A chart's title is a finding and stands outside of it; here are the axes. Each chart has a table beside it, so the
drawing itself is one image to a screen reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
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
    values: Sequence[float | None]
    color: str = ACCENT
    fill: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What all series share: names of the points, names of the axes, which points are named on the axis."""

    labels: Sequence[str]
    x_title: str = ""
    y_title: str = ""
    shown: Sequence[str] = ()
    formatter: Callable[[float], str] = lambda value: f"{value:,.0f}"


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing that can be put on a page, downloaded, or sent as a picture."""

    alt: str
    draw: Callable[[int, int], Graph]
    height: int = 280

    def on_page(self) -> Markup:
        """Return the SVG for wide and for narrow pages; the style sheet shows one of them."""
        wide = self._svg(1120, self.height, f"(width < {NARROW_UNDER}px)")
        narrow = self._svg(400, min(self.height, 260), f"(width >= {NARROW_UNDER}px)")
        return Markup(wide + narrow)  # noqa: S704 - drawn by us; pygal escapes labels

    def file(self, width: int = 1120) -> str:
        """Return the SVG as a file of its own, in the light theme."""
        return ElementTree.tostring(_tidied(self.draw(width, self.height), self.alt), encoding="unicode")

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

    def _svg(self, width: int, height: int, hidden_when: str) -> str:
        graph = self.draw(width, height)
        root = _tidied(graph, self.alt)
        style = root.find(".//style")
        assert style is not None
        style.text = f"{style.text}@media {hidden_when}{{#chart-{graph.uuid}{{display:none!important}}}}"
        svg = ElementTree.tostring(root, encoding="unicode")
        return re.sub("|".join(VARIABLES), lambda found: VARIABLES[found[0]], svg)


def columns(series: Sequence[Series], frame: Frame, *, alt: str, stacked: bool = False) -> Chart:
    """Columns side by side, or one on the other: amounts at points of time."""
    kind = pygal.StackedBar if stacked else pygal.Bar
    return Chart(alt, lambda width, height: _plain(kind, series, frame, width, height))


def bars(series: Sequence[Series], frame: Frame, *, alt: str) -> Chart:
    """Lying bars: amounts of things with long names, the first at the top."""
    height = 72 + 34 * len(frame.labels)
    turned = [replace(row, values=row.values[::-1]) for row in series]

    def draw(width: int, _height: int) -> Graph:
        labels = [_cut(label, 14 if width < NARROW_UNDER else 36) for label in reversed(frame.labels)]
        return _plain(pygal.HorizontalBar, turned, replace(frame, labels=labels), width, height)

    return Chart(alt, draw, height)


def lines(series: Sequence[Series], frame: Frame, *, alt: str) -> Chart:
    """Lines over time; a filled one is an area."""
    return Chart(alt, lambda width, height: _plain(pygal.Line, series, frame, width, height))


def _cut(label: str, length: int) -> str:
    return label if len(label) <= length else f"{label[: length - 1]}…"


def _plain(kind: type[Any], series: Sequence[Series], frame: Frame, width: int, height: int) -> Graph:
    graph: Graph = kind(
        **_options(series, width, height),
        x_labels=list(frame.labels),
        x_labels_major=list(frame.shown) or None,
        show_minor_x_labels=not frame.shown,
        x_title=frame.x_title or None,
        y_title=frame.y_title if width > NARROW_UNDER else None,
        value_formatter=frame.formatter,
    )
    for row in series:
        graph.add(row.name, list(row.values), fill=row.fill, show_dots=len(row.values) < 3)
    return graph


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
