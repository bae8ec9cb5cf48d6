"""Errors as programs read them: problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

import msgspec
from flask import Response, request
from flask_babel import gettext as _

from app.api.shapes import Fault, Problem
from app.core.errors import N_, DomainError, Invalid, RateLimited
from app.lists.fields import FieldsUnfit
from app.lists.words import value_fault

PREFIX = "/api/"
TYPE = "application/problem+json"


class Unfit(Invalid):
    """A request is not as it must be. `pointer` leads to where (RFC 6901)."""

    message = N_("The request is not as it must be: %(reason)s")

    def __init__(self, reason: str, pointer: str = "") -> None:
        super().__init__(reason=reason)
        self.pointer = pointer


def wanted() -> bool:
    """Whether a program asks."""
    return request.path.startswith(PREFIX)


def of_error(error: DomainError) -> Response:
    """Return what a program is told of a rule that was not met."""
    answer = problem(error.status, _(error.message, **error.params), faults=_faults(error))
    if isinstance(error, RateLimited):
        answer.headers["Retry-After"] = str(60 * int(str(error.params["minutes"])))
    return answer


def _faults(error: DomainError) -> list[Fault]:
    if isinstance(error, FieldsUnfit):
        return [Fault(f"/fields/{key}", value_fault(reason)) for key, reason in error.faults.items()]
    pointer = getattr(error, "pointer", "")
    return [Fault(pointer, _(error.message, **error.params))] if pointer else []


def problem(status: int, detail: str, *, faults: Sequence[Fault] = ()) -> Response:
    """Answer with a problem: its kind by its status, and in words what happened."""
    known = HTTPStatus(status)
    told = Problem("about:blank", known.phrase, status, detail or known.description, list(faults) or msgspec.UNSET)
    answer = Response(msgspec.json.encode(told), status, mimetype=TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
