"""What programs can ask for: each module adds its operations to the table."""

from app.api.operations import api
from app.api.public import mailings, people, reports
from app.api.public.description import description

__all__ = ["api", "description", "mailings", "people", "reports"]
