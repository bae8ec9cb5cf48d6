from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from app.web import filters
from tests.support.frame import frame_app

NOW = datetime(2026, 7, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def app() -> Flask:
    return frame_app()


@pytest.fixture(autouse=True)
def in_seoul(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(filters, "now", lambda: NOW)
    with app.test_request_context():
        yield


def test_numbers_have_thousands_separators() -> None:
    assert [filters.num(18204), filters.num(0), filters.num(None)] == ["18,204", "0", "–"]


def test_shares_read_as_percentages() -> None:
    assert [filters.pct(0.824), filters.pct(0), filters.pct(1), filters.pct(None)] == ["82.4%", "0%", "100%", "–"]


def test_times_are_relative_within_a_day_only() -> None:
    assert filters.when(NOW - timedelta(seconds=20)) == "방금"
    assert filters.when(NOW - timedelta(minutes=55)) == "55분 전"
    assert filters.when(NOW + timedelta(hours=3)) == "3시간 후"
    assert filters.when(NOW - timedelta(hours=25)) == "7월 2일 (목) 오후 5:00"


def test_times_are_in_the_zone_of_the_workspace() -> None:
    assert filters.at(NOW) == "7월 3일 (금) 오후 6:00"
    assert "Asia/Seoul" in filters.full_time(NOW)


def test_another_year_is_named() -> None:
    assert filters.day(date(2025, 12, 31)) == "2025년 12월 31일 (수)"


def test_a_moment_shortly_before_midnight_utc_belongs_to_the_next_day_in_seoul() -> None:
    assert filters.day(datetime(2026, 7, 2, 16, 0, tzinfo=UTC)) == "7월 3일 (금)"


def test_english_times_read_as_english() -> None:
    with force_locale("en"):
        assert filters.at(NOW) == "Fri 3 Jul 18:00"
        assert filters.when(NOW - timedelta(minutes=5)) == "5 minutes ago"
