"""Background work of sending that needs no MTA (what does is in `worker.feed`)."""

from __future__ import annotations

from app.sending import service


def launch(mailing_id: int) -> None:
    service.launch_mailing(mailing_id)
