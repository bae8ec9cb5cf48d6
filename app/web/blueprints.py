"""The table of blueprints: where each is mounted, on which app, and who may pass its door."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from flask import Blueprint, Flask, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.api.door import admit
from app.core.access import Guard
from app.core.errors import N_, Forbidden, NotFound
from app.core.limits import limit
from app.core.tenancy import SAFE_METHODS
from app.tenants.routes.visitor import visitor
from app.tenants.service import ReadOnly


class LookOnly(Forbidden):
    message = N_("You are looking around as an operator: nothing can be changed.")


@dataclass(frozen=True, slots=True)
class Mount:
    """One blueprint: `module:name`, its URL prefix, its guard."""

    target: str
    guard: Guard
    prefix: str | None = None

    def load(self) -> Blueprint:
        module, _, name = self.target.partition(":")
        blueprint = getattr(import_module(module), name)
        assert isinstance(blueprint, Blueprint)
        return blueprint


SITE = (
    Mount("app.tenants.routes.site:site", Guard.PUBLIC),
    Mount("app.billing.public:hearing", Guard.PUBLIC),
    Mount("app.web.health:health", Guard.PUBLIC),
    Mount("app.web.certificates:certificates", Guard.PUBLIC),
    Mount("app.web.assets:assets", Guard.PUBLIC),
    Mount("app.web.gallery:gallery", Guard.PUBLIC, "/gallery"),
)

CONSOLE = (
    Mount("app.operator.routes.door:door", Guard.PUBLIC),
    Mount("app.operator.routes.workspaces:workspaces", Guard.OPERATOR),
    Mount("app.operator.routes.queues:queues", Guard.OPERATOR, "/queues"),
    Mount("app.operator.routes.traffic:traffic", Guard.OPERATOR, "/mail"),
    Mount("app.operator.routes.domains:domains", Guard.OPERATOR, "/domains"),
    Mount("app.billing.routes:desk", Guard.OPERATOR, "/plans"),
    Mount("app.conduct.routes:abuse_desk", Guard.OPERATOR, "/abuse"),
    Mount("app.tracking.routes:returns_desk", Guard.OPERATOR, "/returns"),
    Mount("app.operator.routes.announcements:announcements", Guard.OPERATOR, "/announcements"),
    Mount("app.operator.routes.counters:counters", Guard.OPERATOR, "/counters"),
    Mount("app.operator.routes.system:system", Guard.OPERATOR, "/system"),
    Mount("app.tenants.routes.letters:letters", Guard.OPERATOR),
    Mount("app.web.health:health", Guard.PUBLIC),
    Mount("app.web.assets:assets", Guard.PUBLIC),
)

TENANT = (
    Mount("app.reports.routes:reports", Guard.MEMBER),
    Mount("app.lists.routes:lists", Guard.MEMBER),
    Mount("app.lists.public:readers", Guard.PUBLIC),
    Mount("app.compose.routes:compose", Guard.MEMBER),
    Mount("app.templates_mgmt.routes:templates_mgmt", Guard.MEMBER, "/templates"),
    Mount("app.media.routes:media", Guard.MEMBER, "/media"),
    Mount("app.media.public:shown", Guard.PUBLIC, "/m"),
    Mount("app.tenants.routes.sign_in:sign_in", Guard.PUBLIC),
    Mount("app.tenants.routes:tenants", Guard.MEMBER),
    Mount("app.tenants.routes.support:support_pages", Guard.MEMBER),
    Mount("app.custody.routes:custody", Guard.MEMBER),
    Mount("app.api.routes:keys", Guard.MEMBER),
    Mount("app.api.public:api", Guard.KEY, "/api/v1"),
    Mount("app.api.public:description", Guard.PUBLIC, "/api/v1"),
    Mount("app.tenants.routes.support:support_door", Guard.PUBLIC),
    Mount("app.billing.routes:billing", Guard.MEMBER),
    Mount("app.conduct.routes:conduct", Guard.MEMBER),
    Mount("app.domains.routes:domains", Guard.MEMBER),
    Mount("app.tracking.public:tracking", Guard.PUBLIC, "/t"),
    Mount("app.tracking.routes:tracking_settings", Guard.MEMBER),
    Mount("app.web.health:health", Guard.PUBLIC),
    Mount("app.web.assets:assets", Guard.PUBLIC),
    Mount("app.web.gallery:gallery", Guard.PUBLIC, "/gallery"),
)

# A token or a signature says who comes there, and whole crowds come from the few addresses of a mail service.
UNCOUNTED = {"tracking", "payment_events"}
KNOCKS, KNOCK_SECONDS = 300, 900


def mount(app: Flask, table: tuple[Mount, ...]) -> None:
    """Register the blueprints of a table and stand their guards before them."""
    guards: dict[str, Guard] = {}
    for entry in table:
        blueprint = entry.load()
        app.register_blueprint(blueprint, url_prefix=entry.prefix)
        guards[blueprint.name] = entry.guard
    app.extensions["guards"] = guards
    app.before_request(_stand_guard)


def _stand_guard() -> Response | None:
    guard = _guard_of_request()
    if guard is Guard.PUBLIC:
        _count_change()
        return None
    if guard is Guard.KEY:
        admit()
        _keep_read_only()
        return None
    if current_user.is_authenticated:
        _keep_visitors_from_changing()
        _keep_read_only()
        return None
    if guard is Guard.OPERATOR:
        return redirect(url_for("door.sign_in"))
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("sign_in.show", next=wanted))


def _count_change() -> None:
    """Whatever a door asks of its own, nobody knocks at all of them for ever from one address."""
    if request.method not in SAFE_METHODS and request.blueprint and request.blueprint not in UNCOUNTED:
        limit("door", visitor(), count=KNOCKS, seconds=KNOCK_SECONDS)


def _keep_visitors_from_changing() -> None:
    """An operator who looks around in a workspace sees what its owner sees, and does nothing but leave."""
    leaving = request.endpoint == "tenants.sign_out"
    if getattr(current_user, "visiting", False) and request.method not in SAFE_METHODS and not leaving:
        raise LookOnly


def _keep_read_only() -> None:
    """While a bill is open, members may change nothing but how the workspace pays, and their own account; they may also
    take everything along, and leave."""
    workspace = current_app.config.get("WORKSPACE")
    if workspace is None or not workspace.read_only or request.method in SAFE_METHODS:
        return
    view = current_app.view_functions.get(request.endpoint or "")
    if hasattr(view, "required_permission") and request.blueprint not in ("billing", "custody"):
        raise ReadOnly


def _guard_of_request() -> Guard:
    """An unknown address and the static files are public; a blueprint that is not in the table is not served at all."""
    if request.blueprint is None:
        return Guard.PUBLIC
    guard = current_app.extensions["guards"].get(request.blueprint)
    if guard is None:
        raise NotFound
    assert isinstance(guard, Guard)
    return guard
