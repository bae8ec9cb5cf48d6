"""Pages of home, status, reports and statistics."""

from app.reports.routes import mailing, pages
from app.reports.routes.door import reports

__all__ = ["mailing", "pages", "reports"]
