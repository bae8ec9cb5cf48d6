"""Work of composing behind the web. Shallow: each job takes ids and may run twice."""

from __future__ import annotations

from app.compose import attaching, consent_mails, series, thumbnails
from app.core import clock
from app.lists.states import LetterKind


def begin_occurrence(series_id: int) -> None:
    series.begin_occurrence(series_id)


def drop_unused_files() -> None:
    attaching.drop_unused_files()
    thumbnails.forget_gone()


def draw_thumbnail(subject: str) -> None:
    thumbnails.draw(subject)


def post_consent_mails(kind: str) -> None:
    consent_mails.post(LetterKind(kind), now=clock.now())
