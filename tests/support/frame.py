"""The frame alone: an app with the gallery and pages behind every entry, without a workspace or a database."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Flask
from flask_babel import Babel
from flask_login import LoginManager
from flask_wtf import CSRFProtect

from app.core import site
from app.web import filters
from app.web.assets import assets
from app.web.gallery import gallery
from config.settings import ROOT, Settings

ENTRIES = {
    "reports": ("home", "status"),
    "lists": ("index",),
    "compose": ("index",),
    "templates_mgmt": ("index",),
    "tenants": ("settings", "profile", "sign_out", "preferences"),
}
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'"


def frame_app() -> Flask:
    site.use_settings(Settings())
    app = Flask("app.web", root_path=str(ROOT / "app" / "web"))
    app.config.update(
        TESTING=True,
        SECRET_KEY="frame",
        BABEL_DEFAULT_LOCALE="ko",
        BABEL_DEFAULT_TIMEZONE="Asia/Seoul",
        BABEL_TRANSLATION_DIRECTORIES=str(Path(app.root_path) / "translations"),
    )
    for extension in (Babel, CSRFProtect):
        extension(app)
    LoginManager(app).user_loader(lambda _id: None)
    app.register_blueprint(assets)
    app.register_blueprint(gallery, url_prefix="/gallery")
    for name, endpoints in ENTRIES.items():
        app.register_blueprint(_entry(name, endpoints))
    filters.register(app)
    app.context_processor(lambda: {"tenant": None})
    app.after_request(_strict)
    return app


def _entry(name: str, endpoints: tuple[str, ...]) -> Blueprint:
    blueprint = Blueprint(name, name)
    for endpoint in endpoints:
        blueprint.add_url_rule(f"/{name}/{endpoint}", endpoint, lambda: "here", methods=["GET", "POST"])
    return blueprint


def _strict(response):  # type: ignore[no-untyped-def]
    """Stricter than the product: it would show any script or style that is written into a page."""
    response.headers["Content-Security-Policy"] = POLICY
    return response
