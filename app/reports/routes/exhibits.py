"""How a page of exhibits is answered: on screen, or its numbers as a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from app.core.errors import NotFound
from app.reports import cells, tables
from app.reports.exhibits import Exhibit
from app.reports.tables import Table

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def exhibition(name: str, exhibits: Sequence[Exhibit], **values: Any) -> str | Response:
    """Answer a page of exhibits, or its numbers to take away: ``?as=csv`` (``&table=1`` for the second), ``?as=xlsx``.

    `name` is what the file is called; `values` go to the template (title, back, chips, empty).
    """
    file = taken_away(name, [each.table for each in exhibits])
    if file is not None:
        return file
    return render_template("reports/exhibits.html", exhibits=exhibits, kind_of=cells.kind_of, away=away, **values)


def taken_away(name: str, shown: Sequence[Table]) -> Response | None:
    """Answer the tables of a page as the file that its address asks for; None where it asks for the page."""
    wanted = request.args.get("as", "")
    if wanted == "xlsx":
        out = tables.as_workbook(shown, charted=-1)
        return send_file(out, XLSX, as_attachment=True, download_name=f"{name}.xlsx")
    return _csv(name, shown, request.args.get("table", 0, type=int)) if wanted == "csv" else None


def _csv(name: str, shown: Sequence[Table], number: int) -> Response:
    if not 0 <= number < len(shown):
        raise NotFound
    response = Response(tables.as_csv(shown[number]), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def away(form: str, table: int = 0) -> str:
    """Return the address of what this page shows, as a file."""
    asked: dict[str, Any] = {**request.args.to_dict(), "as": form, "table": table or None}
    return url_for(request.endpoint or "", **(request.view_args or {}) | asked)
