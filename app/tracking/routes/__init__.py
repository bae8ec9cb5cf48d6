"""Settings of tracking, and the operator's desk of mails that came back."""

from app.tracking.routes.operator import returns_desk
from app.tracking.routes.settings import tracking_settings

__all__ = ["returns_desk", "tracking_settings"]
