"""Reading what a server said, and what it offers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from mta.merge import Message
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


def unfit(message: Message, extensions: Mapping[str, str], host: str) -> Reply | None:
    """Return why a mail cannot go to a server that offers these (in capitals), if so; nobody there need be asked."""
    if message.utf8 and "SMTPUTF8" not in extensions:
        text = "the server takes no addresses beyond ASCII (SMTPUTF8)"
        return Reply(553, text, "5.6.7", host, final=True)
    limit = extensions.get("SIZE", "").strip()
    if limit.isdigit() and 0 < int(limit) < len(message):
        return Reply(552, f"the mail is larger than the {limit} bytes that the server takes", "5.3.4", host)
    return None
