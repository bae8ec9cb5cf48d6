"""Every macro and every kind of page can be drawn in both languages, and no page writes script or style into itself."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.core import site
from app.web.gallery import ERRORS, PAGES
from config.settings import Settings
from tests.support.frame import frame_app

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<[^>]*\son[a-z]+=|<[^>]*\sstyle=|<style", re.IGNORECASE)


@pytest.fixture(scope="module")
def app() -> Flask:
    return frame_app()


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("page", [*PAGES, *map(str, ERRORS)])
def test_page_is_drawn_without_anything_inline(app: Flask, page: str, language: str) -> None:
    answer = app.test_client().get(f"/gallery/{page}?lang={language}")
    assert answer.status_code == (int(page) if page.isdigit() else 200)
    assert f'<html lang="{language}"' in answer.text
    assert INLINE.findall(answer.text) == []


def test_error_page_says_what_happened_and_offers_a_way_on(app: Flask) -> None:
    page = app.test_client().get("/gallery/500?lang=en").text
    assert "nothing is half done" in page
    assert 'href="/"' in page


def test_the_gallery_is_not_there_in_production(app: Flask) -> None:
    site.use_settings(Settings(environment="production", secret_key="long enough for a test of one page"))
    try:
        with pytest.raises(Exception, match="not here"):
            app.test_client().get("/gallery/")
    finally:
        site.use_settings(Settings())
