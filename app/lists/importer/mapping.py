"""Which column is what: by the words of the header, else by what stands in the column."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypedDict

from app.lists.address import looks_like_address
from app.lists.importer.table import Line

EMAIL = "email"
NAME = "name"
IGNORE = "ignore"
# What tells people of a database apart, whatever their address is.
KEY = "key"
FIELD = "field:"
NEW = "new"

_WORDS = {
    EMAIL: (
        "이메일주소", "이메일", "전자우편", "전자메일", "메일주소", "메일", "emailaddress", "email", "mailaddress",
        "mail", "メールアドレス", "メール", "邮箱", "correo", "courriel",
    ),
    NAME: (
        "이름", "성명", "성함", "고객명", "회원명", "회원이름", "고객이름", "담당자명", "담당자", "수신자명", "수신자",
        "받는사람", "fullname", "name", "username", "customername", "contactname", "氏名", "名前", "姓名",
        "nom", "nombre",
    ),
}  # fmt: skip
_NAME_CELL = re.compile(r"[^\W\d_][\w .,'’()·-]{0,58}", re.UNICODE)
_KOREAN_NAME = re.compile(r"[가-힣]{2,4}")


class Column(TypedDict):
    """A column as it is shown: its header (or nothing) and a few of its values."""

    title: str
    samples: list[str]


def has_header(lines: Sequence[Line]) -> bool:
    """Tell whether the first line names the columns: it holds no address, and known words or addresses below it."""
    first, rest = lines[0].cells, lines[1:]
    if any(looks_like_address(cell) or "@" in cell for cell in first):
        return False
    if any(_meaning(cell) for cell in first):
        return True
    shares = [_share(rest, at, looks_like_address) for at in range(len(first))]
    return len(rest) > 1 and max(shares, default=0) >= 0.8 and all(cell and not cell.isdigit() for cell in first)


def _share(lines: Sequence[Line], at: int, test: object) -> float:
    cells = [line.cells[at] for line in lines if at < len(line.cells) and line.cells[at]]
    return sum(bool(test(cell)) for cell in cells) / len(cells) if cells else 0.0  # type: ignore[operator]


def _meaning(title: str) -> str | None:
    """Return what a header's words mean: the whole of it first, then its end (회원이메일), never its middle."""
    word = re.sub(r"[^\w]|_", "", title).casefold()
    for whole in (True, False):
        for target, words in _WORDS.items():
            if any(word == known or (not whole and len(known) > 1 and word.endswith(known)) for known in words):
                return target
    return None


def columns_of(lines: Sequence[Line], *, header: bool) -> list[Column]:
    """Return the columns of the first lines of a source, each with its title and up to three values."""
    body = lines[1:] if header else lines
    width = max(len(line.cells) for line in lines)
    titles = lines[0].cells if header else []
    return [Column(title=titles[at] if at < len(titles) else "", samples=_samples(body, at)) for at in range(width)]


def _samples(lines: Sequence[Line], at: int) -> list[str]:
    values = dict.fromkeys(line.cells[at][:80] for line in lines if at < len(line.cells) and line.cells[at])
    return list(values)[:3]


def guess(lines: Sequence[Line], *, header: bool, fields: Mapping[str, str] | None = None) -> list[str]:
    """Return what each column is probably meant to be; what is not known is ignored.

    `fields`: the keys of the workspace's fields by their titles; a column that is called like one is taken for it.
    """
    body = lines[1:] if header else lines
    width = max(len(line.cells) for line in lines)
    meanings = [_meaning(cell) for cell in lines[0].cells] if header else []
    meanings += [None] * (width - len(meanings))
    email = _email_column(meanings, body, width)
    name = _name_column(meanings, body, width, email)
    titles = [cell.casefold() for cell in lines[0].cells] if header else []
    keys = {title.casefold(): key for title, key in (fields or {}).items()}
    known = [f"{FIELD}{keys[title]}" if title in keys else IGNORE for title in titles] + [IGNORE] * width
    return [EMAIL if at == email else NAME if at == name else _once(known, at) for at in range(width)]


def _once(targets: list[str], at: int) -> str:
    return IGNORE if targets[at] in targets[:at] else targets[at]


def _email_column(meanings: list[str | None], body: Sequence[Line], width: int) -> int | None:
    shares = [_share(body, at, looks_like_address) + (meanings[at] == EMAIL) * 0.5 for at in range(width)]
    best = max(range(width), key=lambda at: shares[at])
    return best if shares[best] >= 0.3 else None


def _name_column(meanings: list[str | None], body: Sequence[Line], width: int, email: int | None) -> int | None:
    named = [at for at in range(width) if meanings[at] == NAME and at != email]
    if named:
        return named[0]
    likely = {at: _likeness(body, at) for at in range(width) if at != email and not _titled(meanings, at)}
    best = max(likely, key=lambda at: likely[at], default=None)
    return best if best is not None and likely[best] >= 0.6 else None


def _titled(meanings: list[str | None], at: int) -> bool:
    return any(meanings) and meanings[at] is None


def _likeness(body: Sequence[Line], at: int) -> float:
    """How much a column looks like names: words without digits, hardly repeated; Korean names above all."""
    cells = [line.cells[at] for line in body if at < len(line.cells) and line.cells[at]]
    if not cells:
        return 0.0
    variety = len(set(cells)) / len(cells)
    plain = _share(body, at, _NAME_CELL.fullmatch)
    return plain * (0.4 + 0.6 * variety) + 0.3 * _share(body, at, _KOREAN_NAME.fullmatch)
