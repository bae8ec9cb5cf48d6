"""Pages of home, status, reports and statistics."""

from app.reports.routes import (
    across,
    audience,
    calendar,
    campaigns,
    choices,
    clients,
    conversions,
    mailing,
    pages,
    people,
    postmaster,
    readers,
    workspace,
)
from app.reports.routes.door import reports

__all__ = [
    "across",
    "audience",
    "calendar",
    "campaigns",
    "choices",
    "clients",
    "conversions",
    "mailing",
    "pages",
    "people",
    "postmaster",
    "readers",
    "reports",
    "workspace",
]
