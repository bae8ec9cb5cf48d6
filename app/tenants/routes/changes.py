"""The log of changes: a page to search in, and files to take away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from tempfile import TemporaryFile
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from flask import Response, redirect, render_template, request, send_file, stream_with_context, url_for
from werkzeug.wrappers import Response as Answer

from app.core.access import Permission, require
from app.core.cells import BOM, csv_lines
from app.core.errors import NotFound
from app.tenants import change_log, change_words, queries
from app.tenants.change_log import Search
from app.tenants.routes.settings import tenants

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = ("csv", "xlsx")


@tenants.get("/settings/changes")
@require(Permission.MANAGE_WORKSPACE)
def changes() -> str:
    search, kept = _search(), _arguments()
    before = request.args.get("before", type=int)
    rows = change_log.entries(search, zone=_zone(), before=before, count=change_log.PAGE + 1)
    page = rows[: change_log.PAGE]
    more = url_for(".changes", before=page[-1].id, **kept) if len(rows) > len(page) else None
    return render_template(
        "tenants/settings/changes.html",
        rows=page, more=more, search=search, kept=kept, things=_things(), members=queries.members(),
        words=change_words,
    )  # fmt: skip


def _things() -> list[tuple[str, str]]:
    named = [(thing, change_words.thing_name(thing)) for thing in change_log.things()]
    return sorted(named, key=lambda pair: pair[1])


def _search() -> Search:
    args = request.args
    return Search(
        text=args.get("q", "").strip()[:100],
        thing=args.get("thing", ""),
        member_id=args.get("member", 0, type=int),
        since=args.get("since", None, type=date.fromisoformat),
        until=args.get("until", None, type=date.fromisoformat),
    )


def _arguments() -> dict[str, Any]:
    return {name: request.args[name] for name in ("q", "thing", "member", "since", "until") if request.args.get(name)}


def _zone() -> str:
    return queries.current_workspace().timezone


@tenants.post("/settings/changes/files")
@require(Permission.MANAGE_WORKSPACE)
def take_changes() -> Answer:
    """Taking the log away stands in the log, so it is a POST; the file itself is a GET."""
    wanted = request.form.get("format", "")
    if wanted not in FORMATS:
        raise NotFound
    change_log.note_taken(wanted)
    return redirect(url_for(".changes_file", file_format=wanted, **_arguments()), 303)


@tenants.get("/settings/changes.<file_format>")
@require(Permission.MANAGE_WORKSPACE)
def changes_file(file_format: str) -> Response:
    if file_format not in FORMATS:
        raise NotFound
    rows = _rows(_search(), _zone())
    if file_format == "csv":
        answer = Response(stream_with_context(_csv(rows)), mimetype="text/csv")
        answer.headers["Content-Disposition"] = 'attachment; filename="changes.csv"'
        return answer
    return _workbook(rows)


def _rows(search: Search, zone: str) -> Iterator[list[str]]:
    local = ZoneInfo(zone)
    yield change_words.headings()
    for entry in change_log.all_entries(search, zone=zone):
        yield change_words.cells(entry, _time(entry.at, local))


def _time(at: datetime, local: ZoneInfo) -> str:
    return at.astimezone(local).strftime("%Y-%m-%d %H:%M:%S")


def _csv(rows: Iterator[list[str]]) -> Iterator[str]:
    yield BOM
    for row in rows:
        yield csv_lines([row])


def _workbook(rows: Iterator[list[str]]) -> Response:
    out = TemporaryFile()  # noqa: SIM115 - closed by the response, after it has been sent
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell[:32_767])
    book.close()
    out.seek(0)
    return send_file(out, XLSX, as_attachment=True, download_name="changes.xlsx")
