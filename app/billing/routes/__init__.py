"""Pages of a workspace's usage and plan, and the operator's list of plans to confirm."""

from app.billing.routes.operator import desk
from app.billing.routes.workspace import billing

__all__ = ["billing", "desk"]
