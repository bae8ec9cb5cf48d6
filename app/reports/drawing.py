"""From a chart's data to pygal's drawing of it, wide or narrow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

import pygal

from app.reports import theme
from app.reports.shapes import KINDS, LABEL_SIZE, LEGEND_LINE, LEGEND_SIZE, PYGALS_WIDTH, Graph, text_width

NARROW_UNDER = 700
LYING = ("HorizontalBar", "HorizontalStackedBar", "Pyramid")
WHOLES = ("Pie", "Treemap", "Funnel", "SolidGauge")
FILLED = ("StackedLine", *WHOLES)


@dataclass(frozen=True, slots=True)
class Series:
    """A row of values with its name and colour."""

    name: str
    values: tuple[float | None, ...]
    color: str = theme.ACCENT
    fill: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What all series share: names of the points, names of the axes, which points are named on the axis.

    `unit` is written behind each number (with "%" a decimal before it); `most` is where a gauge ends.
    """

    labels: tuple[str, ...] = ()
    x_title: str = ""
    y_title: str = ""
    shown: tuple[str, ...] = ()
    unit: str = ""
    most: float = 100


@dataclass(frozen=True, slots=True)
class Plot:
    """What is drawn, of which kind (pygal's name), and how large."""

    kind: str
    series: tuple[Series, ...]
    frame: Frame
    width: int
    height: int

    @property
    def narrow(self) -> bool:
        return self.width < NARROW_UNDER


def draw(plot: Plot) -> Graph:
    """Return pygal's drawing."""
    if plot.kind in LYING:
        plot = _lying(plot)
    make = KINDS.get(plot.kind) or getattr(pygal, plot.kind)
    graph: Graph = make(**{**_options(plot), **_axes(plot), **_own(plot)})
    for row in plot.series:
        dotted = len(row.values) < 3 or plot.kind == "Radar"
        graph.add(_legend_name(plot, row), _values(plot, row), fill=row.fill, show_dots=dotted)
    return graph


def _lying(plot: Plot) -> Plot:
    """Draw from the bottom up, as pygal counts, with names cut to the room there is."""
    length = 14 if plot.narrow else 36
    labels = tuple(_cut(label, length) for label in reversed(plot.frame.labels))
    turned = tuple(replace(row, values=row.values[::-1]) for row in plot.series)
    return replace(plot, series=turned, frame=replace(plot.frame, labels=labels))


def _cut(label: str, length: int) -> str:
    return label if len(label) <= length else f"{label[: length - 1]}…"


def _values(plot: Plot, row: Series) -> list[Any]:
    if plot.kind == "Treemap":
        return [{"value": row.values[0], "label": row.name}]
    if plot.kind == "SolidGauge":
        return [{"value": row.values[0], "max_value": plot.frame.most}]
    if plot.kind == "Box":
        least, lower, median, upper, most = row.values
        # Of six numbers pygal's quartiles are these.
        return [least, lower, median, median, upper, most]
    return list(row.values)


def _legend_name(plot: Plot, row: Series) -> str:
    """Parts of a whole say their share where they are named, so that nobody has to guess at angles."""
    if plot.kind != "Pie":
        return row.name
    whole = sum(row.values[0] or 0 for row in plot.series)
    return f"{row.name} {(row.values[0] or 0) / whole:.0%}" if whole else row.name


def _options(plot: Plot) -> dict[str, Any]:
    opacity = ".22" if any(row.fill for row in plot.series) and plot.kind not in FILLED else ".9"
    named = plot.kind in ("Funnel", "Treemap", "SolidGauge", "Dot", "Box")
    return {
        "width": plot.width,
        "height": plot.height,
        "style": theme.style(tuple(row.color for row in plot.series), opacity),
        "js": [],
        "show_legend": len(plot.series) > 1 and not named,
        "legend_box_size": 10,
        "no_data_text": "",  # pygal's is English; the finding says it
        "margin": 8,
        "spacing": 8,
        "rounded_bars": 2,
        "truncate_label": -1,
        "truncate_legend": -1,
        "stroke_style": {"width": 2.5, "linejoin": "round"},
        "value_formatter": formatter(plot.frame.unit),
        **_legend(plot),
    }


def _legend(plot: Plot) -> dict[str, Any]:
    """Put names beside a donut where there is room, else in rows below; pygal forgets the room for the last row."""
    if plot.kind == "Pie" and not plot.narrow:
        names = [_legend_name(plot, row) for row in plot.series]
        return {"legend_at_bottom": False, "margin_left": 8 + _missing(names, LEGEND_SIZE)}
    count = len(plot.series)
    widest = max((text_width(_legend_name(plot, row), LEGEND_SIZE) for row in plot.series), default=0)
    columns = max(1, min(count, int((plot.width - 80) / (widest + 40))))
    if plot.kind == "Radar":
        columns = 1
    forgotten = ceil(count / columns) - count // columns
    return {
        "legend_at_bottom": True,
        "legend_at_bottom_columns": columns,
        "margin_bottom": 8 + forgotten * LEGEND_LINE,
    }


def _axes(plot: Plot) -> dict[str, Any]:
    frame = plot.frame
    axes: dict[str, Any] = {
        "x_labels": list(frame.labels) or None,
        "x_labels_major": list(frame.shown) or None,
        "show_minor_x_labels": not frame.shown,
        "x_title": frame.x_title or None,
        "y_title": frame.y_title if frame.y_title and not plot.narrow else None,
        "min_scale": 2,
        "max_scale": 5,
        "order_min": 0,
        "include_x_axis": True,
        "range": (0, 4) if _empty(plot.series) and plot.kind not in WHOLES else None,
    }
    if plot.kind in LYING:
        axes["margin_left"] = 8 + _missing(frame.labels, LABEL_SIZE)
    return axes


def _own(plot: Plot) -> dict[str, Any]:
    """What only one kind of chart asks for."""
    own: dict[str, dict[str, Any]] = {
        "StackedLine": {"fill": True},
        "Pie": {"inner_radius": 0.62},
        "SolidGauge": {"half_pie": True, "inner_radius": 0.72, "margin_bottom": 8},
        "Funnel": {"print_values": True, "show_y_labels": False, "show_y_guides": False,
                   "x_labels": [row.name for row in plot.series]},
        "Treemap": {"print_values": True, "print_labels": True, "x_labels": None},
        "Dot": {"y_labels": [row.name for row in plot.series], "show_y_guides": False, "show_x_guides": False,
                "margin_left": 8 + _missing([row.name for row in plot.series], LABEL_SIZE)},
        "Box": {"box_mode": "extremes", "x_labels": [row.name for row in plot.series]},
        "Radar": {"margin_left": max(48, (plot.width - plot.height) // 2),
                  "margin_right": max(48, (plot.width - plot.height) // 2),
                  "range": (0, 1.15 * _largest(plot.series))},
    }  # fmt: skip
    return own.get(plot.kind, {})


def formatter(unit: str) -> Callable[[float], str]:
    """Return how numbers are written; a pyramid's left half is counted below zero."""

    def written(value: float) -> str:
        number = f"{abs(value):,.1f}".removesuffix(".0") if unit == "%" else f"{abs(value):,.0f}"
        return f"{number}{unit}"

    return written


def _missing(texts: Sequence[str], size: int) -> int:
    """Return how much wider the widest of these is than pygal believes."""
    widest = max((text_width(text, size) for text in texts), default=0)
    believed = max((len(text) for text in texts), default=0) * PYGALS_WIDTH * size
    return max(0, ceil(widest - believed))


def _largest(series: Sequence[Series]) -> float:
    return max((value or 0 for row in series for value in row.values), default=0) or 1


def _empty(series: Sequence[Series]) -> bool:
    return not any(value for row in series for value in row.values)
