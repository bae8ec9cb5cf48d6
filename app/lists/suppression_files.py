"""The suppression list as a file: taken in from whatever another system wrote, and given out.

A line is an address or a domain (``example.com``; ``*.example.com`` with everything below it), and may say why, since
when, and a note. Who asked to be forgotten is only a mark here: it tells no other system anything, and stays here.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.cells import BOM, csv_lines
from app.core.db import db
from app.core.errors import N_, Invalid
from app.core.tenancy import current_tenant_id
from app.lists import kinds
from app.lists.address import InvalidAddress, looks_like_address, parse_address, split_mailbox
from app.lists.importer.sources import file_source
from app.lists.importer.table import Line, head
from app.lists.kinds import FieldFault
from app.lists.models import Suppression
from app.lists.states import FieldKind, SuppressionReason
from app.lists.suppression import DOMAIN, ERASED, InvalidDomain, domain_key
from app.lists.words import suppression_name
from app.tenants.queries import current_workspace

PAGE = 5000
MOST_TOLD = 100
LONGEST_NOTE = 300
_ADDRESS, _REASON, _NOTE, _SINCE = "address", "reason", "note", "since"
_TITLES = {
    _ADDRESS: ("address", "email", "mail", "domain", "recipient", "이메일", "메일", "주소", "도메인", "전자우편"),
    _REASON: ("reason", "type", "cause", "status", "사유", "이유", "유형"),
    _NOTE: ("note", "comment", "memo", "description", "메모", "비고", "설명"),
    _SINCE: ("since", "date", "time", "created", "added", "일시", "날짜", "등록일", "시작", "일자"),
}
# Words by which other systems tell why.
_REASONS = {
    SuppressionReason.COMPLAINT: ("complain", "spam", "abuse", "스팸", "신고", "불만"),
    SuppressionReason.HARD_BOUNCE: ("bounce", "invalid", "unknown", "not exist", "반송", "없는", "오류"),
    SuppressionReason.UNSUBSCRIBED: ("unsub", "opt", "거부", "해지", "탈퇴"),
}
_INSERT = sa.text("""
INSERT INTO suppressions (address_key, reason, note, subdomains, created_at)
SELECT e.key, e.reason, e.note, e.subdomains, coalesce(e.since, now())
FROM unnest(CAST(:keys AS text[]), CAST(:reasons AS text[]), CAST(:notes AS text[]), CAST(:subdomains AS bool[]),
            CAST(:sinces AS timestamptz[])) AS e (key, reason, note, subdomains, since)
ON CONFLICT DO NOTHING
""")


class NoAddressColumn(Invalid):
    message = N_("No column with addresses or domains was found. Nothing was saved.")


class Entry(NamedTuple):
    """A line as it is stored."""

    key: str
    reason: str
    note: str
    subdomains: bool
    since: datetime | None


@dataclass(slots=True)
class Receipt:
    """What became of a file: how many are new, how many were on the list before, and the lines that say nothing.

    `told` are the first of those: the number of the line, and what stands in it.
    """

    added: int = 0
    known: int = 0
    rejected: int = 0
    told: list[tuple[int, str]] = field(default_factory=list)


def take_in(content: bytes) -> Receipt:
    """Put what a file says on the suppression list; whoever is on it already stays as they are.

    Raises:
        Unreadable: it is no file that we can read, or empty.
        NoAddressColumn: nothing in it looks like an address or a domain.
    """
    source = file_source(lambda: io.BytesIO(content))
    layout = source.recognise()
    columns, has_header = _columns(head(source, layout))
    reader, receipt = _Reader(columns, ZoneInfo(current_workspace().timezone)), Receipt()
    lines = source.lines(layout)
    if has_header:
        next(lines)
    while batch := list(islice(lines, PAGE)):
        _write(reader, batch, receipt)
    return receipt


def _columns(lines: Sequence[Line]) -> tuple[dict[str, int], bool]:
    """Where what stands, and whether the first line says so."""
    titles = [re.sub(r"[\W_]", "", cell).casefold() for cell in lines[0].cells]
    named = {what: _column_called(words, titles) for what, words in _TITLES.items()}
    if named[_ADDRESS] is not None and not any("@" in cell for cell in lines[0].cells):
        return {what: at for what, at in named.items() if at is not None}, True
    width = max(len(line.cells) for line in lines)
    counts = [sum(at < len(line.cells) and _is_meant(line.cells[at]) for line in lines) for at in range(width)]
    if not any(counts):
        raise NoAddressColumn
    return {_ADDRESS: counts.index(max(counts))}, False


def _column_called(words: Sequence[str], titles: Sequence[str]) -> int | None:
    return next((at for word in words for at, title in enumerate(titles) if word in title), None)


def _is_meant(cell: str) -> bool:
    return looks_like_address(cell) or bool(re.fullmatch(r"[@*.]*[\w-]+(\.[\w-]+)*\.[^\W\d]{2,}\.?", cell.strip()))


def _write(reader: _Reader, lines: Sequence[Line], receipt: Receipt) -> None:
    entries: dict[str, Entry] = {}
    good = 0
    for line in lines:
        try:
            found = reader(line.cells)
        except (InvalidAddress, InvalidDomain):
            receipt.rejected += 1
            if len(receipt.told) < MOST_TOLD:
                receipt.told.append((line.number, " ".join(line.cells)[:100]))
            continue
        good += 1
        entries.setdefault(found.key, found)
    keys, reasons, notes, subdomains, sinces = map(list, zip(*entries.values(), strict=True)) if entries else [[]] * 5
    values = {"keys": keys, "reasons": reasons, "notes": notes, "subdomains": subdomains, "sinces": sinces}
    added = int(getattr(db.session.execute(_INSERT, values), "rowcount", 0))
    receipt.added, receipt.known = receipt.added + added, receipt.known + good - added


class _Reader:
    """Reads lines by where what stands in them."""

    def __init__(self, columns: dict[str, int], zone: ZoneInfo) -> None:
        self._columns = columns
        self._zone = zone
        self._reasons = _reason_names()

    def __call__(self, cells: Sequence[str]) -> Entry:
        written, said = self._cell(cells, _ADDRESS), self._cell(cells, _REASON)
        note, since = self._cell(cells, _NOTE), self._since(self._cell(cells, _SINCE))
        text = split_mailbox(written.removeprefix("'"))[1]
        local, at, _domain = text.rpartition("@")
        if not (at and local):
            key, below = domain_key(text), text.startswith("*.")
            return Entry(key, SuppressionReason.DOMAIN, note[:LONGEST_NOTE], below, since)
        reason = self._reason(said)
        if reason is None:
            reason, note = SuppressionReason.MANUAL, " · ".join(filter(None, (said, note)))
        return Entry(parse_address(text).key, reason, note[:LONGEST_NOTE], False, since)

    def _cell(self, cells: Sequence[str], what: str) -> str:
        at = self._columns.get(what, len(cells))
        return cells[at].strip() if at < len(cells) else ""

    def _since(self, text: str) -> datetime | None:
        """A moment, or the beginning of a day here; what is neither says nothing."""
        try:
            found = datetime.fromisoformat(text)
            return found if found.tzinfo else found.replace(tzinfo=self._zone)
        except ValueError:
            pass
        try:
            day = datetime.fromisoformat(kinds.parse(FieldKind.DATE, text)).date() if text else None
        except FieldFault:
            return None
        return datetime.combine(day, time(), self._zone) if day else None

    def _reason(self, said: str) -> SuppressionReason | None:
        """The reason that a cell names, in our words or another system's; None where there are words of its own."""
        word = said.casefold()
        if not word or word in self._reasons:
            return self._reasons.get(word, SuppressionReason.MANUAL)
        return next((reason for reason, words in _REASONS.items() if any(each in word for each in words)), None)


def _reason_names() -> dict[str, SuppressionReason]:
    """Our own words for reasons, in both languages. Marks and domains are known by what they are."""
    known: dict[str, SuppressionReason] = {}
    own = (each for each in SuppressionReason if each not in (SuppressionReason.ERASED, SuppressionReason.DOMAIN))
    for reason in own:
        known[reason.value] = reason
        for locale in ("ko", "en"):
            with force_locale(locale):
                known[suppression_name(reason).casefold()] = reason
    return known


def written() -> Iterator[str]:
    """Yield the suppression list as CSV, page by page, by address; who is forgotten is left out."""
    titles = (_("E-mail address or domain"), _("Reason"), _("Note"), _("Since"))
    yield BOM + csv_lines([titles])
    after = ""
    while rows := _page(after):
        yield csv_lines([_cells(row) for row in rows])
        after = rows[-1].address_key


def _page(after: str) -> Sequence[Any]:
    columns = (Suppression.address_key, Suppression.subdomains, Suppression.reason, Suppression.note)
    query = sa.select(*columns, Suppression.created_at).where(Suppression.tenant_id == current_tenant_id())
    query = query.where(Suppression.address_key > after, sa.not_(Suppression.address_key.startswith(ERASED)))
    return db.session.execute(query.order_by(Suppression.address_key).limit(PAGE)).all()


def _cells(row: Any) -> tuple[str, str, str, str]:
    shown = row.address_key.removeprefix(DOMAIN)
    since = row.created_at.astimezone(ZoneInfo(current_workspace().timezone)).isoformat(timespec="seconds")
    return f"*.{shown}" if row.subdomains else shown, suppression_name(row.reason), row.note, since
