"""How a mail looks: fonts that mail programs have, and the theme's colours with the brand filled in."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.document.attrs import Theme
from app.tenants.colour import luminance

BRAND = "#1f4e79"
DARK_PAGE = "#14171a"
DARK_PAPER = "#1d2125"
DARK_TEXT = "#e4e7eb"
DARK_LINE = "#3b424a"

_KOREAN_SANS = "'Malgun Gothic', '맑은 고딕', 'Apple SD Gothic Neo'"
FONTS: Mapping[str, str] = {
    "system": f"-apple-system, BlinkMacSystemFont, 'Segoe UI', {_KOREAN_SANS}, Roboto, sans-serif",
    "arial": f"Arial, Helvetica, {_KOREAN_SANS}, sans-serif",
    "verdana": f"Verdana, Geneva, {_KOREAN_SANS}, sans-serif",
    "tahoma": f"Tahoma, Geneva, {_KOREAN_SANS}, sans-serif",
    "trebuchet": f"'Trebuchet MS', Tahoma, {_KOREAN_SANS}, sans-serif",
    "georgia": "Georgia, 'Times New Roman', Batang, '바탕', AppleMyungjo, serif",
    "times": "'Times New Roman', Times, Batang, '바탕', AppleMyungjo, serif",
    "courier": "'Courier New', Courier, DotumChe, '돋움체', monospace",
    "malgun": f"{_KOREAN_SANS}, sans-serif",
    "dotum": "Dotum, '돋움', 'Apple SD Gothic Neo', sans-serif",
    "gulim": "Gulim, '굴림', 'Apple SD Gothic Neo', sans-serif",
    "batang": "Batang, '바탕', AppleMyungjo, Georgia, serif",
    "nanum-gothic": f"'Nanum Gothic', NanumGothic, '나눔고딕', {_KOREAN_SANS}, sans-serif",
    "nanum-myeongjo": "'Nanum Myeongjo', NanumMyeongjo, '나눔명조', Batang, '바탕', AppleMyungjo, serif",
}


@dataclass(frozen=True, slots=True)
class Look:
    """What a rendering needs besides the document: the workspace's brand and language, and where its pictures are."""

    brand: str = BRAND
    locale: str = "ko"
    pictures: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Style:
    """A theme without gaps."""

    font: str
    heading_font: str
    text_size: int
    line_height: int
    width: int
    background: str
    paper: str
    text: str
    heading: str
    link: str
    brand: str
    radius: int
    dark: bool

    @property
    def line(self) -> str:
        """Lines between things, on the paper."""
        return mixed(self.text, self.paper, 0.16)

    @property
    def quiet(self) -> str:
        """Words that step back: captions, the footer."""
        return mixed(self.text, self.paper, 0.68)


def style_of(theme: Theme, look: Look) -> Style:
    brand = theme.brand or look.brand or BRAND
    return Style(
        font=FONTS[theme.font],
        heading_font=FONTS[theme.heading_font or theme.font],
        text_size=theme.text_size,
        line_height=theme.line_height,
        width=theme.width,
        background=theme.background,
        paper=theme.paper,
        text=theme.text_color,
        heading=theme.heading_color or theme.text_color,
        link=theme.link_color or brand,
        brand=brand,
        radius=theme.radius,
        dark=theme.dark,
    )


def letters_on(background: str) -> str:
    """Return black or white, whichever is read better on a colour (WCAG 2.2, 1.4.3)."""
    return "#ffffff" if 1.05 / (luminance(background) + 0.05) >= 3 else "#111111"


def mixed(colour: str, ground: str, share: float) -> str:
    """Return `share` of a colour on a ground, as ``#rrggbb``."""
    pairs = zip(_channels(colour), _channels(ground), strict=True)
    return "#" + "".join(f"{round(255 * (one * share + other * (1 - share))):02x}" for one, other in pairs)


def for_dark(colour: str) -> str:
    """Return a colour light enough to be read on dark paper, of the same hue."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    while luminance(_hex(hue, lightness, saturation)) < 0.32 and lightness < 0.97:
        lightness += 0.03
    return _hex(hue, lightness, saturation)


def _hex(hue: float, lightness: float, saturation: float) -> str:
    red, green, blue = colorsys.hls_to_rgb(hue, min(lightness, 1.0), saturation)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def _channels(colour: str) -> tuple[float, float, float]:
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255
