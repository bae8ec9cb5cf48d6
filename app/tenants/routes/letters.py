"""No pages: the frame of the service's letters, for an app that writes some and has none of the workspaces' pages."""

from __future__ import annotations

from flask import Blueprint

letters = Blueprint("letters", __name__, template_folder="../templates")
