"""Whether the pages behind a mail's links answer. Asked for by a person, through the guard of `app.core.netguard`."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urljoin, urlsplit

from app.core.errors import DomainError
from app.core.netguard import Reachable, reachable
from app.document import merge
from app.document.markup import Kind, attribute, tokens

MOST = 60
SECONDS = 6.0
LONGEST = 20.0
REDIRECTS = 4
AT_ONCE = 8
AGENT = "messagepark link check"
_MOVED = (301, 302, 303, 307, 308)
# They turn programs away, and show their pages to people.
_SHY = (401, 403, 405, 406, 429, 999)


class Answer(Enum):
    """How a page answers."""

    GOOD = "good"
    SHY = "shy"
    GONE = "gone"
    SILENT = "silent"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Asked:
    """A link and what came of asking; `status` is the last HTTP status, 0 for none, `landed` where it ended."""

    url: str
    answer: Answer
    status: int = 0
    landed: str = ""


def links_of(html: str) -> list[str]:
    """Return the web addresses of a mail's links, each once, without those that differ from person to person."""
    found = [attribute(t.text, "href") or "" for t in tokens(html) if t.kind is Kind.OPEN and t.name in ("a", "area")]
    web = [each.strip() for each in found if each.strip().lower().startswith(("http://", "https://"))]
    return list(dict.fromkeys(each for each in web if not merge.names(each)))


def ask(urls: Sequence[str]) -> list[Asked]:
    """Ask for each page. No database may be open meanwhile: this takes up to some seconds."""
    pool = ThreadPoolExecutor(AT_ONCE)
    asked = {each: pool.submit(_ask, each) for each in urls[:MOST]}
    done, _late = wait(asked.values(), timeout=LONGEST)
    # Whoever answers drop by drop is left behind, and nobody waits for them.
    pool.shutdown(wait=False, cancel_futures=True)
    told = [future.result() if future in done else Asked(each, Answer.SILENT) for each, future in asked.items()]
    return [*told, *(Asked(each, Answer.SKIPPED) for each in urls[MOST:])]


def _ask(url: str) -> Asked:
    here, status = url, 0
    try:
        for _hop in range(REDIRECTS + 1):
            status, location = _fetch(here)
            if status not in _MOVED or not location:
                return Asked(url, _meaning(status), status, here)
            here = urljoin(here, location)
    except (OSError, ValueError, http.client.HTTPException, DomainError):
        return Asked(url, Answer.SILENT, status, here)
    return Asked(url, Answer.GONE, status, here)


def _meaning(status: int) -> Answer:
    if status < 400:
        return Answer.GOOD
    return Answer.SHY if status in _SHY or status >= 500 else Answer.GONE


def _fetch(url: str) -> tuple[int, str]:
    """Return the status of a page and where it leads on. Its body is not read."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(url)
    server = reachable(parts.hostname, parts.port or (443 if secure else 80))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connected(server, secure)
    try:
        connection.request("GET", path, headers={"User-Agent": AGENT, "Accept": "text/html,*/*"})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Location", "")
    finally:
        connection.close()


def _connected(server: Reachable, secure: bool) -> http.client.HTTPConnection:
    """Return a connection to the address that was checked; the certificate is that of the name."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=SECONDS)
    socket = server.connect(SECONDS)
    connection.sock = (
        ssl.create_default_context().wrap_socket(socket, server_hostname=server.host) if secure else socket
    )
    return connection
