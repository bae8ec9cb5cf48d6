"""Time as a value. Rules take `now` as an argument; entry points read it here."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.fromtimestamp(time.time(), UTC)
