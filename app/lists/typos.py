"""Domains that are nearly, but not quite, those of the big mail services. Nobody's address is changed: it is asked."""

from __future__ import annotations

from functools import lru_cache

KNOWN = (
    "gmail.com", "naver.com", "daum.net", "hanmail.net", "kakao.com", "nate.com", "hotmail.com", "outlook.com",
    "outlook.kr", "yahoo.com", "yahoo.co.kr", "yahoo.co.jp", "icloud.com", "live.com", "msn.com", "googlemail.com",
    "korea.com", "chol.com", "dreamwiz.com", "empas.com", "hanmir.com", "lycos.co.kr", "paran.com", "me.com",
    "protonmail.com", "proton.me", "gmx.de", "gmx.net", "web.de", "qq.com", "163.com", "mail.ru", "aol.com",
)  # fmt: skip
# Nearly a big service's name, and yet somebody's own.
REAL = frozenset(
    {"mail.com", "ymail.com", "gmx.com", "gmx.at", "email.com", "nave.com", "gail.com", "line.me", "one.com"}
)
WRONG = {
    "naver.co": "naver.com", "naver.net": "naver.com", "naver.co.kr": "naver.com", "naver.kr": "naver.com",
    "daum.com": "daum.net", "daum.co.kr": "daum.net", "hanmail.com": "hanmail.net", "hanmail.co.kr": "hanmail.net",
    "gmail.co": "gmail.com", "gmail.net": "gmail.com", "gmail.co.kr": "gmail.com", "gmail.kr": "gmail.com",
    "gmail.cm": "gmail.com", "gmail.con": "gmail.com", "naver.con": "naver.com", "nate.net": "nate.com",
    "hotmail.co": "hotmail.com", "hotmail.con": "hotmail.com", "kakao.co.kr": "kakao.com", "kakao.net": "kakao.com",
    "yahoo.con": "yahoo.com", "icloud.co": "icloud.com", "outlook.co": "outlook.com",
}  # fmt: skip


@lru_cache(maxsize=65_536)
def likely_domain(domain: str) -> str | None:
    """Return the well-known domain that was probably meant by one that is an edit away from it; else None."""
    if domain in KNOWN or domain in REAL or len(domain) < 7:
        return None
    return WRONG.get(domain) or next((known for known in KNOWN if len(known) >= 8 and _one_edit(domain, known)), None)


def _one_edit(text: str, known: str) -> bool:
    """One letter missing, added, changed, or two neighbours swapped (Damerau-Levenshtein distance 1)."""
    if abs(len(text) - len(known)) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(text, known, strict=False)) if a != b), min(len(text), len(known)))
    rest, wanted = text[at:], known[at:]
    return (
        rest[1:] == wanted[1:]
        or rest[1:] == wanted
        or rest == wanted[1:]
        or (rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:] and len(rest) > 1)
    )
