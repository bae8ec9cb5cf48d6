"""Flask apps, wired: one for the site, one for the operators' console, and one for each tenant."""

from __future__ import annotations

import copy
from datetime import timedelta
from pathlib import Path

from flask import Config, Flask
from flask_babel import Babel
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app.compose import queries as mailings
from app.core import crypto, redis, site
from app.core.db import db
from app.media import usage
from app.operator import session as operators
from app.schema import import_models
from app.templates_mgmt import queries as templates
from app.tenants import session
from app.tenants.queries import Workspace
from app.web import acting, blueprints, context, errors, filters, second_step, security, transaction
from config.settings import Settings

HERE = Path(__file__).parent


def use(settings: Settings) -> None:
    """Connect this process to its database, Redis and secret. May be called again with the same settings."""
    site.use_settings(settings)
    crypto.use_secret(settings.secret_key)
    redis.connect(settings.redis_url)
    import_models()
    usage.ask(mailings.showing, templates.showing)
    db.connect(settings)


def create_site_app(settings: Settings) -> Flask:
    """Return the app of the apex host: home page, sign-up, finding one's workspace."""
    app = _bare_app(settings)
    app.config["SECRET_KEY"] = crypto.derive_key("session:site")
    session.init_visitors(app)
    blueprints.mount(app, blueprints.SITE)
    return _finished(app)


def create_console_app(settings: Settings) -> Flask:
    """Return the app of the console's host, with a cookie key of its own."""
    app = _bare_app(settings)
    app.config["SECRET_KEY"] = crypto.derive_key("session:console")
    operators.init_login(app)
    blueprints.mount(app, blueprints.CONSOLE)
    return _finished(app)


def create_tenant_prototype(settings: Settings) -> Flask:
    """Return the app that every tenant's app is a copy of. Without a tenant it serves nobody."""
    app = _bare_app(settings)
    session.init_login(app)
    blueprints.mount(app, blueprints.TENANT)
    return _finished(app)


def create_tenant_app(prototype: Flask, workspace: Workspace) -> Flask:
    """Return a tenant's own app: shared routes and templates, its own configuration and cookie key."""
    app = copy.copy(prototype)
    app.config = Config(prototype.root_path, dict(prototype.config))
    app.config.update(
        TENANT_ID=workspace.id,
        WORKSPACE=workspace,
        SECRET_KEY=crypto.derive_key(f"session:{workspace.id}"),
        BABEL_DEFAULT_LOCALE=workspace.locale,
        BABEL_DEFAULT_TIMEZONE=workspace.timezone,
    )
    return app


def _bare_app(settings: Settings) -> Flask:
    use(settings)
    app = Flask("app.web", root_path=str(HERE / "web"), static_folder="static", template_folder="templates")
    app.config.update(
        SETTINGS=settings,
        TESTING=settings.environment == "test",
        MAX_CONTENT_LENGTH=settings.max_request_bytes,
        SESSION_COOKIE_NAME="__Host-messagepark" if settings.secure else "messagepark",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE=settings.default_locale,
        BABEL_DEFAULT_TIMEZONE=settings.default_timezone,
        BABEL_TRANSLATION_DIRECTORIES=";".join(str(path) for path in sorted(HERE.glob("*/translations"))),
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(hours=1),
    )
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, settings.trusted_proxies, settings.trusted_proxies)  # type: ignore[method-assign]
    db.init_app(app)
    CSRFProtect(app)
    Babel(app, locale_selector=session.choose_locale, timezone_selector=session.choose_timezone)
    return app


def _finished(app: Flask) -> Flask:
    for part in (acting, second_step, transaction, security, errors, filters, context):
        part.register(app)
    _ = app.jinja_env  # built here, so that copies share it
    return app
