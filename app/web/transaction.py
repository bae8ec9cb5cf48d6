"""A request is a unit of work: committed when it ends well, rolled back when it does not."""

from __future__ import annotations

from flask import Flask, Response

from app.core import unit


def end_unit(response: Response) -> Response:
    if response.status_code < 400:
        unit.commit()
    else:
        unit.roll_back()
    return response


def register(app: Flask) -> None:
    app.after_request(end_unit)
