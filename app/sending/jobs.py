"""Background work of sending that needs no MTA (what does is in `worker.feed`)."""

from __future__ import annotations

from app.sending import releasing, service


def launch(mailing_id: int) -> None:
    service.launch_mailing(mailing_id)


def halt() -> None:
    service.halt()


def release_held() -> None:
    releasing.release_held()
