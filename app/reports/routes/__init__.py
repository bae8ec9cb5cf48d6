"""Pages of home, status, reports and statistics."""

from app.reports.routes import across, choices, mailing, pages
from app.reports.routes.door import reports

__all__ = ["across", "choices", "mailing", "pages", "reports"]
