"""What a mail says and to whom, as one short text: an approval holds for exactly that."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime

from app.compose import service
from app.compose.models import Mailing

_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def digest_of(mailing: Mailing) -> str:
    """Return what a mailing says and to whom, as a hash: its trial's words and its segments' rules included."""
    order = service.order_of(mailing, _NO_TIME)
    words = asdict(replace(order, audience=order.audience.frozen()))
    return hashlib.sha256(json.dumps(words, sort_keys=True, default=str).encode()).hexdigest()
