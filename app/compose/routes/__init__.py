"""Pages of writing a mail, checking it, sending it, and steering it while it goes."""

from app.compose.routes import (
    approvals,
    audience,
    body,
    breaking,
    campaigns,
    checking,
    consents,
    designs,
    files,
    patterns,
    saved_blocks,
    sending,
    series,
    thumbnails,
    trials,
    versions,
    writing,
)
from app.compose.routes.blueprint import compose

__all__ = [
    "approvals", "audience", "body", "breaking", "campaigns", "checking", "compose", "consents", "designs", "files",
    "patterns", "saved_blocks", "sending", "series", "thumbnails", "trials", "versions", "writing",
]  # fmt: skip
