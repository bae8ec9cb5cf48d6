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


def framed(html: str) -> tuple[str, dict[str, str]]:
    """Return the page and its headers for a frame; its links open outside of it."""
    return _LINK.sub('<a target="_blank" rel="noopener" ', html), dict(HEADERS)
