"""The sending domains of all workspaces."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from app.core.errors import N_
from app.domains import directory
from app.domains.directory import Kind
from app.domains.terms import COUNTED
from app.domains.words import standing
from app.operator import queries

domains = Blueprint("domains", __name__, template_folder="../templates")

KINDS = {Kind.ALL: N_("All"), Kind.BROKEN: N_("Broken"), Kind.UNPROVEN: N_("Not verified")}


@domains.get("")
def index() -> str:
    text, kind = request.args.get("q", "")[:200], _kind()
    found = directory.listed(text, kind, request.args.get("before", type=int))
    rows = found[: directory.PAGE]
    return render_template(
        "operator/domains.html",
        rows=rows,
        names=queries.names(row.tenant_id for row in rows),
        text=text,
        kind=kind,
        kinds={each: _(name) for each, name in KINDS.items()},
        more=rows[-1].domain.id if len(found) > len(rows) else None,
        standing=standing,
        total=len(COUNTED),
    )


def _kind() -> Kind:
    try:
        return Kind(request.args.get("kind", Kind.ALL))
    except ValueError:
        return Kind.ALL
