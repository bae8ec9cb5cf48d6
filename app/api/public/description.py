"""The description that programs read before they ask: no secret, so no key is wanted."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from app.api import describing
from app.tenants.queries import current_workspace

description = Blueprint("api_description", __name__)


@description.get("/openapi.json")
def openapi() -> dict[str, Any]:
    return describing.document(f"{current_workspace().url}/api/v1")
