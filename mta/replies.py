"""Reading what a server said."""

from __future__ import annotations

import re
from functools import lru_cache

from mta.ports import Reply

_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b[ \t]*")


@lru_cache(maxsize=1024)
def reply_of(code: int, text: str, host: str, tls: str) -> Reply:
    """Split the enhanced code (RFC 2034) off a reply's text; the lines of a long reply are joined."""
    match = _ENHANCED.match(text)
    if match is None:
        return Reply(code, " ".join(text.split()), "", host, tls=tls)
    lines = (_ENHANCED.sub("", line, count=1) for line in text.split("\n"))
    return Reply(code, " ".join(" ".join(lines).split()), match[1], host, tls=tls)
