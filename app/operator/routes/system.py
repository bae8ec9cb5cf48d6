"""What the service stands on."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.operator import checks, words
from app.operator.terms import Health

system = Blueprint("system", __name__, template_folder="../templates")


@system.get("")
def index() -> str:
    found = checks.all_checks()
    return render_template(
        "operator/system.html",
        checks=[words.line(check) for check in found],
        wrong=sum(check.health in (Health.BAD, Health.LOOK) for check in found),
    )
