"""WSGI entry: a host name leads to the site's app, to the operators' console, or to one tenant's own app."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from app.domains.queries import tenant_of_link_host
from app.factory import create_console_app, create_site_app, create_tenant_app, create_tenant_prototype
from app.tenants.queries import Workspace, workspace, workspace_by_host
from app.tracking import express
from config.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TRACKING = "/t/"
ASSETS = "/assets/"


class TenantApps:
    """The tenant apps of this process: the `size` most recently asked for, each as new as its workspace's row."""

    def __init__(self, prototype: Flask, size: int) -> None:
        self._prototype = prototype
        self._size = size
        self._apps: OrderedDict[int, tuple[Workspace, Flask]] = OrderedDict()
        self._lock = Lock()

    def app_for(self, workspace: Workspace) -> Flask:
        """Return the app of this workspace as it is now; one made from an older version of it is replaced."""
        with self._lock:
            known = self._apps.get(workspace.id)
            if known is None or known[0] != workspace:
                known = (workspace, create_tenant_app(self._prototype, workspace))
                self._apps[workspace.id] = known
            self._apps.move_to_end(workspace.id)
            while len(self._apps) > self._size:
                self._apps.popitem(last=False)
            return known[1]

    def __len__(self) -> int:
        return len(self._apps)


class Dispatcher:
    """A WSGI application in front of all others."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.site = create_site_app(settings)
        self.console = create_console_app(settings)
        self.prototype = create_tenant_prototype(settings)
        self.tenants = TenantApps(self.prototype, settings.tenant_app_cache)
        self._errands = express.open_door(settings.trusted_proxies)
        self._recent: dict[str, tuple[float, Flask | None]] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            app = self._app_of_request(environ) or _NOBODY_HERE
        except OperationalError:
            app = _NOT_NOW
        place = app.config.get("WORKSPACE") if isinstance(app, Flask) else None
        errand = express.errand_of(environ, place) if place else None
        if errand is None:
            return app(environ, start_response)
        environ[express.ERRAND] = errand
        return self._errands(environ, start_response)

    def _app_of_request(self, environ: WSGIEnvironment) -> Flask | None:
        """A member sees a change of settings at once; what readers ask for may come from an app a second old."""
        host = host_of(environ)
        path = environ.get("PATH_INFO", "")
        if not path.startswith(TRACKING):
            return self.app_of_host(host) or (self.app_of_link_host(host) if path.startswith(ASSETS) else None)
        asked_at, app = self._recent.get(host, (0.0, None))
        if app is None or monotonic() - asked_at > self.settings.tenant_check_seconds:
            app = self.app_of_host(host) or self.app_of_link_host(host)
            self._recent[host] = (monotonic(), app)
            while len(self._recent) > self.settings.tenant_app_cache:
                self._recent.pop(next(iter(self._recent)), None)
        return app

    def app_of_link_host(self, host: str) -> Flask | None:
        """Return the app whose links begin with a customer's own name. Nothing but what links need is served there."""
        tenant_id = tenant_of_link_host(host)
        found = workspace(tenant_id) if tenant_id else None
        return self.tenants.app_for(found) if found else None

    def app_of_host(self, host: str) -> Flask | None:
        """Return the app that answers for a host name, or None where nobody does. One indexed query a call."""
        apex = self.settings.base_host
        if host in (apex, f"www.{apex}"):
            return self.site
        if host == self.settings.console_host:
            return self.console
        slug, _, rest = host.partition(".")
        found = workspace_by_host(slug if rest == apex else None, host)
        return self.tenants.app_for(found) if found else None


def host_of(environ: WSGIEnvironment) -> str:
    """Return the host name that was asked for, lower case, without port or trailing dot. It chooses an app, no more:
    addresses in our pages and mails never come from it."""
    name: str = environ.get("HTTP_HOST") or environ.get("SERVER_NAME") or ""
    return name.rpartition(":")[0].lower().rstrip(".") if ":" in name else name.lower().rstrip(".")


_NOBODY_HERE = Response("There is no workspace at this address.\n이 주소에는 워크스페이스가 없습니다.\n", status=404)
_NOT_NOW = Response(
    "The service cannot answer right now. Nothing was lost; try again in a minute.\n"
    "지금은 응답할 수 없습니다. 잃어버린 것은 없습니다. 잠시 뒤에 다시 시도해 주십시오.\n",
    status=503,
    headers={"Retry-After": "30"},
)


def create_application() -> Dispatcher:
    return Dispatcher(Settings.from_env())


def __getattr__(name: str) -> Dispatcher:
    """`application` is made when a server asks for it, so that importing this module connects to nothing."""
    if name == "application":
        made = globals()["application"] = create_application()
        return made
    raise AttributeError(name)
