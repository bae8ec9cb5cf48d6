"""Pages of home, status, reports and statistics."""

from app.reports.routes import across, calendar, choices, clients, conversions, mailing, pages, people, readers
from app.reports.routes.door import reports

__all__ = [
    "across",
    "calendar",
    "choices",
    "clients",
    "conversions",
    "mailing",
    "pages",
    "people",
    "readers",
    "reports",
]
