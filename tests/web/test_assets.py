from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask

from app.web import assets
from tests.support.frame import frame_app


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    (tmp_path / "app-1.css").write_text("body{}")
    (tmp_path / "app-1.css.br").write_bytes(b"packed")
    (tmp_path / "manifest.json").write_text(json.dumps({"app.css": "app-1.css"}))
    monkeypatch.setattr(assets, "DIST", tmp_path)
    return frame_app()


def test_a_plain_name_becomes_the_hashed_address(app: Flask) -> None:
    with app.test_request_context():
        assert assets.asset("app.css") == "/assets/app-1.css"


def test_without_a_build_the_plain_name_is_used(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").unlink()
    with app.test_request_context():
        assert assets.asset("app.css") == "/assets/app.css"


def test_a_file_is_kept_by_browsers_for_good(app: Flask) -> None:
    answer = app.test_client().get("/assets/app-1.css")
    assert answer.text == "body{}"
    assert "immutable" in answer.headers["Cache-Control"]


def test_the_packed_twin_goes_to_browsers_that_take_it(app: Flask) -> None:
    answer = app.test_client().get("/assets/app-1.css", headers={"Accept-Encoding": "gzip, br"})
    assert answer.data == b"packed"
    assert answer.headers["Content-Encoding"] == "br"
    assert answer.mimetype == "text/css"


def test_nothing_outside_the_folder_is_served(app: Flask) -> None:
    assert app.test_client().get("/assets/../assets.py").status_code == 404
    assert app.test_client().get("/assets/missing.css").status_code == 404
