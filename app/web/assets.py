"""What the browser loads besides pages: files that `npm run build` made, under names that carry their hash."""

from __future__ import annotations

import json
import mimetypes
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, request, send_from_directory, url_for

DIST = Path(__file__).parent / "static" / "dist"
FOREVER = "public, max-age=31536000, immutable"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))

assets = Blueprint("assets", __name__)


@assets.get("/assets/<path:name>")
def file(name: str) -> Response:
    """Answer a built file, in the smallest form the browser takes."""
    encoding, suffix = _best_encoding(name)
    response = send_from_directory(DIST, name + suffix, mimetype=mimetypes.guess_type(name)[0], etag=False)
    response.headers["Cache-Control"] = FOREVER
    response.headers["Vary"] = "Accept-Encoding"
    if encoding:
        response.headers["Content-Encoding"] = encoding
    return response


def _best_encoding(name: str) -> tuple[str, str]:
    for encoding, suffix in ENCODINGS:
        if request.accept_encodings[encoding] > 0 and (DIST / (name + suffix)).is_file():
            return encoding, suffix
    return "", ""


def asset(name: str) -> str:
    """Return the address of a built file by its plain name, as in ``asset("app.css")``."""
    return url_for("assets.file", name=_names().get(name, name))


def _names() -> dict[str, str]:
    manifest = DIST / "manifest.json"
    try:
        return _read_manifest(manifest, manifest.stat().st_mtime_ns)
    except FileNotFoundError:
        # Nothing is built yet: pages still work, unstyled.
        return {}


@lru_cache(maxsize=1)
def _read_manifest(manifest: Path, _changed_at: int) -> dict[str, str]:
    names: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8"))
    return names
