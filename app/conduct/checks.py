"""What is looked at in a mail before it may go. A check is registered with `@check` and says what it found, or nothing.

Whatever any of them finds holds the mail, unless an operator trusts the workspace.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

from flask_babel import gettext as _


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it is looked at."""

    subject: str
    html: str
    sender_address: str


Check = Callable[[Letter], str | None]
CHECKS: list[Check] = []


def check(function: Check) -> Check:
    """Have a check run whenever a mail is about to go."""
    CHECKS.append(function)
    return function


def findings(letter: Letter) -> list[str]:
    """Return what the checks found, as sentences; nothing where the mail may go."""
    return [found for each in CHECKS if (found := each(letter))]


@check
def disguised_links(letter: Letter) -> str | None:
    """A link whose words are an address of one place and that leads to another is how passwords are stolen."""
    for link in _links(letter.html):
        shown, real = _host(link.words), _host(link.href)
        if shown and real and not _same_place(shown, real):
            return _("A link says %(shown)s and leads to %(real)s. Let it say where it leads.", shown=shown, real=real)
    return None


@check
def links_to_bare_numbers(letter: Letter) -> str | None:
    """Nobody's web page is at a bare network address; those of stolen machines are."""
    for link in _links(letter.html):
        host = _host(link.href)
        if host and _is_number(host):
            return _("A link leads to the bare network address %(host)s. Use the name of the page.", host=host)
    return None


@dataclass(slots=True)
class _Link:
    href: str
    words: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[_Link] = []
        self._open: _Link | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._open = _Link((dict(attrs).get("href") or "").strip())
            self.links.append(self._open)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open.words += data


def _links(html: str) -> Sequence[_Link]:
    reader = _Reader()
    reader.feed(html)
    return reader.links


def _host(text: str) -> str:
    """Return the host of what looks like a web address, also without https://; nothing of other words."""
    words = text.strip().lower()
    if not words or " " in words or "{{" in words or "@" in words:
        return ""
    if "://" not in words:
        if not words.startswith("www."):
            return ""
        words = f"https://{words}"
    try:
        parts = urlsplit(words)
        return (parts.hostname or "").rstrip(".") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _same_place(one: str, other: str) -> bool:
    """Whether two hosts are one, or one is under the other; www. is no difference."""
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.isdecimal()
    return True
