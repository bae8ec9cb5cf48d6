"""The one theme of all charts: colours, which stand for variables on pages, and the typeface.

A chart is drawn in the light theme's colours. On a page each of them becomes the variable that stands for it, so that
one drawing serves light and dark.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pygal.style import Style

from config.settings import ROOT

INK, SOFT, RULE, PAPER = "#1b1c1e", "#5b5f66", "#e0ddd6", "#ffffff"
ACCENT, GREEN, AMBER, RED, GREY = "#2149a8", "#19673a", "#7a4f00", "#a12018", "#8b8982"
TEAL, VIOLET = "#0b6670", "#6a3d9a"
# What is written on a filled shape, and the gap between two of them.
ON_FILL, GAP = "#fefefe", "#fdfdfd"
VARIABLES = {
    INK: "var(--ink)", SOFT: "var(--ink-2)", RULE: "var(--rule)", PAPER: "transparent", ACCENT: "var(--accent)",
    GREEN: "var(--green)", AMBER: "var(--amber)", RED: "var(--red)", GREY: "var(--rule-strong)",
    TEAL: "light-dark(#0b6670, #6fc6cf)", VIOLET: "light-dark(#6a3d9a, #c4a6ee)",
    ON_FILL: "var(--paper)", GAP: "var(--paper)",
}  # fmt: skip
# Parts of a whole, the largest first. Red is not among them: it says that something went wrong.
PARTS = (ACCENT, TEAL, VIOLET, AMBER, GREEN, GREY)
FONTS = 'Pretendard, "Noto Sans CJK KR", "Apple SD Gothic Neo", "Malgun Gothic", sans-serif'
FONT_FOLDERS = (ROOT / "app/web/static/dist", ROOT / "frontend/node_modules/pretendard/dist/public/static")


@lru_cache(maxsize=64)
def style(colors: tuple[str, ...], opacity: str) -> Style:
    return Style(
        colors=colors,
        value_colors=(ON_FILL,) * len(colors),
        background=PAPER,
        plot_background=PAPER,
        value_background=RULE,
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
        value_label_font_size=13,
        no_data_font_size=16,
        opacity=opacity,
        opacity_hover="1",
        stroke_opacity="1",
        stroke_width="2",
        transition="0ms",
    )


@lru_cache(maxsize=1)
def font_files() -> tuple[str, ...]:
    """The typeface for pictures where one is built; elsewhere the system's fonts draw them."""
    names = ("Pretendard-Regular.otf", "Pretendard-SemiBold.otf")
    found = [folder / name for name in names for folder in FONT_FOLDERS if (folder / name).is_file()]
    return tuple(str(path) for path in dict.fromkeys(map(Path, found)))
