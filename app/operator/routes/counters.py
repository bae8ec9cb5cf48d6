"""Whether the counters were right."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.operator import queries

counters = Blueprint("counters", __name__, template_folder="../templates")


@counters.get("")
def index() -> str:
    return render_template(
        "operator/counters.html", nights=queries.checked_nights(), differences=queries.counter_differences()
    )
