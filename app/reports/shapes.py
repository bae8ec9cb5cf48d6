"""What pygal draws otherwise than these charts need it: its own kinds, with a few strokes changed."""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from typing import Any, Protocol
from unicodedata import east_asian_width
from xml.etree.ElementTree import Element, SubElement

import pygal

from app.reports import theme

LABEL_SIZE, LEGEND_SIZE, LEGEND_LINE = 13, 14, 21
# pygal takes each letter for 0.6 of its height; Korean ones are as wide as they are high.
PYGALS_WIDTH = 0.6


class Graph(Protocol):
    uuid: str

    def add(self, title: str, values: Any, **options: Any) -> None: ...
    def render_tree(self) -> Element: ...


class Steps(pygal.Funnel):  # type: ignore[misc]
    """A funnel each step of which begins as high as its own number and narrows to the next; pygal's ends so."""

    def _compute(self) -> None:
        super()._compute()
        heights = [sum(row.safe_values) / 2 for row in self.series]
        for n, row in enumerate(self.series):
            left, right = heights[n], heights[min(n + 1, len(heights) - 1)]
            x, end = n / self._order, (n + 1) / self._order
            row.points = [[(x, -left), (x, left), (end, right), (end, -right)]]
        self._box.ymax = max(heights) * 1.3
        self._box.ymin = -max(heights)

    def _axes(self) -> None:
        """A funnel stands on its names alone."""
        self._x_axis()
        axis = self.nodes["plot"].find("*[@class='axis x always_show']") or self.nodes["plot"][-1]
        for line in axis.findall("path"):
            axis.remove(line)

    def _static_value(self, serie_node: Any, value: str, x: float, _y: float, _metadata: Any) -> None:
        """Write all numbers above, in one line: the last steps are too thin to hold theirs."""
        _write(serie_node["text_overlay"], value, (x, LABEL_SIZE), theme.INK)


class Tiles(pygal.Treemap):  # type: ignore[misc]
    """A treemap with gaps between its tiles, that names those with room for their names."""

    def _static_value(self, serie_node: Any, value: str, x: float, y: float, metadata: Any) -> None:
        name = metadata["label"]
        tile = serie_node["plot"].findall(".//rect")[-1]
        tile.set("style", f"stroke:{theme.GAP};stroke-width:2")
        room = float(tile.get("width")) - 12, float(tile.get("height"))
        if text_width(name, LABEL_SIZE) < room[0] and room[1] > 3 * LABEL_SIZE:
            _write(serie_node["text_overlay"], name, (x, y - 4), theme.ON_FILL)
            _write(serie_node["text_overlay"], value, (x, y + LABEL_SIZE), theme.ON_FILL)


class Gauge(pygal.SolidGauge):  # type: ignore[misc]
    """A half circle with what is used in it, as large as there is room."""

    def gaugify(self, serie: Any, squares: Any, dimensions: Any, square: Any) -> None:
        width, height = dimensions
        super().gaugify(serie, squares, (width, height * 1.6), square)
        for layer in ("plot", "text_overlay"):
            for group in self.nodes[layer].findall("*[@class]"):
                group.set("transform", f"translate(0, {-0.34 * height:.1f})")
                for text in group.iter("text"):
                    self._size(text)

    def _size(self, text: Any) -> None:
        if "gauge-sum" in text.get("class", ""):
            text.set("style", f"font-size:28px;fill:{theme.INK}")
        elif "bound" in text.get("class", ""):
            text.set("style", f"font-size:{LABEL_SIZE}px;fill:{theme.SOFT}")
            text.set("y", str(float(text.get("y")) + 6))


class BackToBack(pygal.Pyramid):  # type: ignore[misc]
    """A pyramid whose first series is on the left, where pygal puts the second."""

    def _bar(self, serie: Any, parent: Any, x: float, y: float, *rest: Any, **more: Any) -> Any:
        return super()._bar(serie, parent, x, -y, *rest, **more)


class Whiskers(pygal.Box):  # type: ignore[misc]
    """Boxes that say their five numbers in every language."""

    def _value_format(self, _value: Any, serie: Any) -> str:
        return " · ".join(map(self._y_format, serie.points[1:6]))


class Web(pygal.Radar):  # type: ignore[misc]
    """A radar as wide as it is high, with its names upright, that goes as clocks go."""

    def _compute(self) -> None:
        """Go the way of the clock."""
        super()._compute()
        self._x_pos: list[float] = [pi - angle for angle in self._x_pos]
        for row in self.series:
            row.points = [(value, self._x_pos[n]) for n, value in enumerate(row.values)]

    def _x_axis(self, draw_axes: bool = True) -> None:
        super()._x_axis()
        for text in self.nodes["plot"].iterfind(".//*[@class='guides']/text"):
            text.attrib.pop("transform", None)
            text.set("text-anchor", "middle")
            text.set("style", "text-anchor:middle")


class Donut(pygal.Pie):  # type: ignore[misc]
    """A donut with the names of its parts right beside it, where pygal would set them at the edge of the page."""

    def _legend(self) -> None:
        super()._legend()
        if self.legend_at_bottom:
            return
        reach = min(self.width - self.margin_box.x, self.height - self.margin_box.y) / 2
        x = self.margin_box.left + (self.width - self.margin_box.x) / 2 + reach + 24
        y = (self.height - self._order * LEGEND_LINE) / 2
        # Of a single part, no names are drawn.
        if (names := self.nodes["graph"].find("*[@class='legends']")) is not None:
            names.set("transform", f"translate({x:.0f}, {y:.0f})")


def text_width(text: str, size: int) -> float:
    return size * sum(1.0 if east_asian_width(letter) in "WF" else PYGALS_WIDTH for letter in text)


def _write(place: Any, words: str, at: tuple[float, float], color: str) -> None:
    style = f"fill:{color};font-size:{LABEL_SIZE}px"
    text = SubElement(
        place, "text", {"x": f"{at[0]:.1f}", "y": f"{at[1]:.1f}", "text-anchor": "middle", "style": style}
    )
    text.text = words


KINDS: dict[str, Callable[..., Graph]] = {
    "Funnel": Steps, "Treemap": Tiles, "Pie": Donut, "SolidGauge": Gauge, "Pyramid": BackToBack, "Radar": Web,
    "Box": Whiskers,
}  # fmt: skip
