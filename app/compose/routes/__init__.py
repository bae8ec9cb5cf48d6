"""Pages of writing a mail, checking it, sending it, and steering it while it goes."""

from app.compose.routes import body, checking, sending, trials, writing
from app.compose.routes.blueprint import compose

__all__ = ["body", "checking", "compose", "sending", "trials", "writing"]
