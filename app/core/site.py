"""The settings of this process, for code that is not handed them."""

from __future__ import annotations

from config.settings import Settings

_settings: Settings | None = None


def use_settings(settings: Settings) -> None:
    """Set the process's settings; called once by the factory, the worker and the release command."""
    global _settings  # noqa: PLW0603 - one configuration a process
    _settings = settings


def settings() -> Settings:
    if _settings is None:
        raise RuntimeError("use_settings() was not called")
    return _settings
