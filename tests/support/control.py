"""Pause, resume or cancel a mailing from outside, as the web does: ``python -m tests.support.control cancel``."""

from __future__ import annotations

import json
import sys
import time

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import control_plane, tenant_scope
from app.core.unit import unit_of_work
from app.factory import create_site_app
from app.sending import service
from app.sending.models import Launch
from config.settings import Settings

VERBS = {"pause": service.pause, "resume": service.resume, "cancel": service.cancel}


def main(verb: str) -> None:
    """Do it to the mailing that was ordered last, and print the receipt, if there is one, and when it was done."""
    with create_site_app(Settings.from_env()).app_context():
        with control_plane(), unit_of_work():
            tenant_id, mailing_id = db.session.execute(
                sa.select(Launch.tenant_id, Launch.mailing_id).order_by(Launch.requested_at.desc()).limit(1)
            ).one()
        with tenant_scope(tenant_id), unit_of_work():
            receipt = VERBS[verb](mailing_id)
        at = time.time()
    if receipt is not None:
        told = {name: getattr(receipt, name) for name in ("sent", "in_flight", "not_sent", "draft")}
        print(json.dumps(told | {"at": at}))


if __name__ == "__main__":
    main(sys.argv[1])
