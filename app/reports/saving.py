"""Charts to take away: any page answers with one of its charts, as a file, where its address ends in ``save=0.svg``."""

from __future__ import annotations

import re
from io import BytesIO
from urllib.parse import urlencode

from flask import g, request, send_file
from werkzeug.wrappers import Response

from app.reports.charts import Chart

TYPES = {"svg": "image/svg+xml", "png": "image/png"}
PICTURE_WIDTH = 1120
NAME_LENGTH = 60
_WANTED = re.compile(r"(\d{1,3})\.(svg|png)")


def saved_chart_url(chart: Chart, form: str) -> str:
    """Return where the chart that a page is about to show is found as a file; for templates."""
    shown: list[Chart] = g.setdefault("charts", [])
    if chart not in shown:
        shown.append(chart)
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "save"]
    return "?" + urlencode([*kept, ("save", f"{shown.index(chart)}.{form}")])


def instead(page: Response) -> Response:
    """Return the chart that is asked for in place of the page, which was made to know its numbers and who may see them.

    An address that asks for none, or for one that the page does not have, gets the page.
    """
    asked, shown = _WANTED.fullmatch(request.args.get("save", "")), g.get("charts", [])
    if asked is None or page.status_code != 200 or int(asked[1]) >= len(shown):
        return page
    chart: Chart = shown[int(asked[1])]
    file = chart.svg(PICTURE_WIDTH).encode() if asked[2] == "svg" else chart.png(PICTURE_WIDTH, chart.height)
    return send_file(
        BytesIO(file), TYPES[asked[2]], as_attachment=True, download_name=f"{file_name(chart.alt)}.{asked[2]}"
    )


def file_name(finding: str) -> str:
    """Return a finding as a file may be called."""
    return re.sub(r"[^\w ,.()-]+", "", finding).strip(" .")[:NAME_LENGTH].strip() or "chart"
