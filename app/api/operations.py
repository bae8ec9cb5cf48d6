"""The interface, operation by operation: one table, from which the routes and their description are made."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

import msgspec
from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState

from app.api import service
from app.api.door import current_key
from app.api.problems import Unfit
from app.api.service import LONGEST_NAME, Kept
from app.core import clock
from app.core.access import Permission
from app.core.errors import N_, DomainError, Forbidden

H = TypeVar("H", bound=Callable[..., msgspec.Struct])
JSON = "application/json"
ONCE = "Idempotency-Key"
_ARGUMENT = re.compile(r"<(?:(int):)?(\w+)>")

api = Blueprint("api", __name__)


class NotInScope(Forbidden):
    message = N_("This key may not do that. Make one that may.")


class NotJson(DomainError):
    message = N_("Send JSON, with “Content-Type: application/json”.")
    status = 415


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that can be asked for. `takes`: the body's shape, `asks`: that of the query, `answers`: of what comes.

    `summary` is an English msgid.
    """

    name: str
    method: str
    path: str
    scope: Permission
    summary: str
    answers: type[msgspec.Struct]
    takes: type[msgspec.Struct] | None = None
    asks: type[msgspec.Struct] | None = None
    status: int = 200

    @property
    def template(self) -> str:
        """The path as OpenAPI writes it."""
        return _ARGUMENT.sub(r"{\2}", self.path)

    @property
    def arguments(self) -> list[tuple[str, str]]:
        """The parts of the path that are chosen, each with its type in JSON Schema."""
        return [(name, "integer" if kind else "string") for kind, name in _ARGUMENT.findall(self.path)]


OPERATIONS: list[Operation] = []


@api.record
def _without_form_tokens(state: BlueprintSetupState) -> None:
    """A key in a header is nothing that a browser sends by itself, so nobody can be made to send it."""
    state.app.extensions["csrf"].exempt(api)


def operation(method: str, path: str, **rest: Any) -> Callable[[H], H]:
    """Make a handler an operation; `rest` is the rest of `Operation`. It gets the path's parts, `asked` and `given`."""

    def decorate(handler: H) -> H:
        made = Operation(handler.__name__, method, path, **rest)

        @wraps(handler)
        def answering(**args: Any) -> Response:
            if made.scope not in current_key().scopes:
                raise NotInScope
            if made.asks is not None:
                args["asked"] = _query(made.asks)
            if made.takes is not None:
                args["given"] = _body(made.takes)
            return _once(made, lambda: msgspec.json.encode(handler(**args)))

        answering.required_permission = made.scope  # type: ignore[attr-defined]
        api.add_url_rule(path, made.name, answering, methods=[method])
        OPERATIONS.append(made)
        return handler

    return decorate


def _query(shape: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        return msgspec.convert(request.args.to_dict(), shape, strict=False)
    except msgspec.ValidationError as error:
        raise _unfit(error) from None


def _body(shape: type[msgspec.Struct]) -> msgspec.Struct:
    if request.mimetype != JSON:
        raise NotJson
    try:
        return msgspec.json.decode(request.get_data(), type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unfit(error) from None


def _unfit(error: Exception) -> Unfit:
    """What msgspec says ends with where it is: ``Expected `str`, got `int` - at `$.list_ids[0]```."""
    reason, _sep, place = str(error).partition(" - at ")
    names = re.findall(r"\w+", place.strip("`$"))
    if named := re.search(r"field `(\w+)`", reason):
        names.append(named[1])
    return Unfit(reason, "".join(f"/{name}" for name in names))


def _once(made: Operation, answer: Callable[[], bytes]) -> Response:
    """Answer; where the request carries a name and was answered under it before, say the same and do nothing."""
    name = request.headers.get(ONCE, "") if made.method == "POST" else ""
    if not name:
        return Response(answer(), made.status, mimetype=JSON)
    if len(name) > LONGEST_NAME:
        raise Unfit(f"{ONCE} is longer than {LONGEST_NAME}")
    key_id, asked = current_key().id, request.path.encode() + b"\0" + request.get_data()
    before = service.answered_before(key_id, name, asked, now=clock.now())
    if before is not None:
        return Response(before.body, before.status, mimetype=JSON, headers={"Idempotent-Replayed": "true"})
    body = answer()
    service.keep_answer(key_id, name, Kept(made.status, body))
    return Response(body, made.status, mimetype=JSON)
