"""All models, loaded: for migrations and for checks that look at the whole schema."""

from __future__ import annotations

from importlib import import_module

MODEL_MODULES = (
    "app.core.audit",
    "app.core.notices",
    "app.tenants.models",
    "app.billing.models",
    "app.domains.models",
    "app.conduct.models",
    "app.lists.models",
    "app.media.models",
    "app.templates_mgmt.models",
    "app.compose.models",
    "app.sending.models",
    "app.tracking.models",
    "app.reports.models",
    "app.custody.models",
    "app.api.models",
    "app.operator.models",
)


def import_models() -> None:
    """Import every module that defines tables, so that the metadata is whole and foreign keys by name resolve."""
    for module in MODEL_MODULES:
        import_module(module)
