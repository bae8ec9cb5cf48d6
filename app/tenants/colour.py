"""Whether a brand's colour can carry white letters (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

NEEDED_CONTRAST = 4.5


def readable_on_white(colour: str) -> bool:
    """Tell whether ``#rrggbb`` and white have a contrast of at least 4.5 to 1."""
    return 1.05 / (luminance(colour) + 0.05) >= NEEDED_CONTRAST


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb``: 0.0 for black, 1.0 for white."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return float(channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)
