"""Pages: of the site, at a workspace's door, of its settings, and of the operator."""

from app.tenants.routes import changes, host, providers, roles, security, sending
from app.tenants.routes.settings import tenants

__all__ = ["changes", "host", "providers", "roles", "security", "sending", "tenants"]
