"""The one table that turns errors into answers."""

from __future__ import annotations

import structlog
from flask import Flask, Response, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from jinja2 import TemplateNotFound
from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from app.api import problems
from app.core import unit
from app.core.errors import N_, DomainError, Invalid, Unavailable

log = structlog.get_logger(__name__)

Answer = tuple[str, int] | Response

EXPIRED_FORM = N_("This page was open too long to be trusted. Go back, reload it, and send it again.")
UNKNOWN = N_("Something failed on our side. Nothing of yours was changed; the failure has been recorded.")


def answer(status: int, message: str) -> Answer:
    """Return the page of a status: what happened, what was kept, what to do next. Programs get it as JSON."""
    unit.roll_back()
    if problems.wanted():
        return problems.problem(status, message)
    try:
        return render_template(f"errors/{status}.html", message=message, status=status), status
    except TemplateNotFound:
        return render_template("errors/error.html", message=message, status=status), status


def domain_error(error: DomainError) -> Answer:
    if problems.wanted():
        unit.roll_back()
        return problems.of_error(error)
    return answer(error.status, gettext(error.message, **error.params))


def csrf_error(_error: CSRFError) -> Answer:
    return answer(422, gettext(EXPIRED_FORM))


def http_error(error: HTTPException) -> Answer | HTTPException:
    if error.code is None or error.code < 400 or error.response is not None:
        return error
    return answer(error.code, "")  # our pages have their own words; werkzeug's are English


def unfit(_error: DataError) -> Answer:
    """What no form of ours sends, and PostgreSQL cannot hold: text with NUL in it, a number of a hundred digits."""
    return answer(Invalid.status, gettext(Invalid.message))


def unavailable(error: Exception) -> Answer:
    log.error("part_unavailable", path=request.path, error=type(error).__name__)
    return answer(503, gettext(Unavailable.message))


def unknown_error(error: Exception) -> Answer:
    log.exception("unhandled", path=request.path, error=type(error).__name__)
    return answer(500, gettext(UNKNOWN))


def register(app: Flask) -> None:
    app.register_error_handler(DomainError, domain_error)
    app.register_error_handler(CSRFError, csrf_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(DataError, unfit)
    app.register_error_handler(OperationalError, unavailable)
    app.register_error_handler(RedisError, unavailable)
    if not app.testing:
        app.register_error_handler(Exception, unknown_error)
