"""What the law wants advertising to carry: the mark in its subject, who sends it, and a free way out.

It is put in when a mail is compiled, so that nobody can forget it: mails, tests and previews have it alike.
"""

from __future__ import annotations

import html
import re

from app.tenants.legal import LegalSender

ADVERTISING = "advertising"
SIGNED = frozenset({ADVERTISING, "newsletter"})
MARK = "(광고)"
WAYS_OUT = (
    '<a href="{{unsubscribe_url}}" style="color:#6b7280">무료 수신거부</a>: 이 메일을 더 받지 않으려면 눌러 주세요.'
    " 로그인이 필요 없습니다.",
    '<a href="{{unsubscribe_url}}" style="color:#6b7280">Unsubscribe free of charge</a>:'
    " to stop getting these mails, no sign-in needed.",
)
_MARKED = re.compile(r"\A\s*[(\[（［]\s*광\s*고\s*[)\]）］]\s*")
_BRACES = re.compile(r"[{}]+")


def subject(written: str, kind: str, sender: LegalSender | None) -> str:
    """Return a subject with the mark that Korean law wants first in it, once."""
    if sender is None or not sender.korean or kind != ADVERTISING:
        return written
    return f"{MARK} {_MARKED.sub('', written).strip()}".strip()


def lines(kind: str, sender: LegalSender | None) -> list[str]:
    """Return the lines of HTML that a mail of this kind ends with; merge tags in them are ours."""
    if sender is None:
        return []
    # Braces in an address must not become a merge tag.
    told = html.escape(_BRACES.sub("", sender.words))
    if sender.korean:
        return [*([told] if told else []), *WAYS_OUT] if kind == ADVERTISING else []
    return [told] if told and kind in SIGNED else []
