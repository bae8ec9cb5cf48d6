"""Pages: of the site, at a workspace's door, of its settings, and of the operator."""

from app.tenants.routes import changes, providers, roles, security, sending
from app.tenants.routes.settings import tenants

__all__ = ["changes", "providers", "roles", "security", "sending", "tenants"]
