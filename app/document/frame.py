"""How a mail is shown inside our own pages: in a frame that runs nothing, whatever the mail holds."""

from __future__ import annotations

import re

# `sandbox` gives the document an origin of its own: no scripts, no forms, no cookies; links open a window of their own.
_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src http: https: data:;"
    " style-src 'unsafe-inline'; font-src https:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_LINK = re.compile(r"<a\s(?![^>]*\btarget=)", re.IGNORECASE)


_DARK_MEDIA = re.compile(r"@media[^{]*prefers-color-scheme:\s*dark[^{]*", re.IGNORECASE)
_DARK = "<style>:root{color-scheme:dark}</style>"
# What mail programs do to a mail that has no colours of its own for the dark: turn light into dark, leave pictures be.
_TURNED = (
    "<style>html{background:#fff;filter:invert(1) hue-rotate(180deg)}img{filter:invert(1) hue-rotate(180deg)}</style>"
)


def framed(html: str, *, dark: bool = False) -> tuple[str, dict[str, str]]:
    """Return the page and its headers for a frame; its links open outside of it. `dark`: as in a dark mail program."""
    shown = _darkened(html) if dark else html
    return _LINK.sub('<a target="_blank" rel="noopener" ', shown), dict(HEADERS)


def _darkened(html: str) -> str:
    own = _DARK_MEDIA.search(html) is not None
    return _DARK_MEDIA.sub("@media all", html) + (_DARK if own else _TURNED)
