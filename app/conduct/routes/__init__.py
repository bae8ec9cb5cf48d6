"""The workspace's page of how it behaves, and the operator's desk of those that are braked."""

from app.conduct.routes.operator import abuse_desk
from app.conduct.routes.workspace import conduct

__all__ = ["abuse_desk", "conduct"]
