"""Pages of writing a mail, checking it, sending it, and steering it while it goes."""

from app.compose.routes import body, breaking, checking, sending, series, trials, versions, writing
from app.compose.routes.blueprint import compose

__all__ = ["body", "breaking", "checking", "compose", "sending", "series", "trials", "versions", "writing"]
