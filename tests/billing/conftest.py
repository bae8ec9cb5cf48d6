"""A workspace that pays nothing, and a Stripe to pay through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from app.core import site
from config.settings import Settings
from tests.support.localstripe import KEY, SECRET, LocalStripe, localstripe
from tests.support.workspaces import Place


@pytest.fixture
def place(new_workspace: Callable[..., Place]) -> Place:
    return new_workspace(plan="free")


@pytest.fixture
def paying(settings: Settings) -> Callable[..., None]:
    """Let this process pay through Stripe at an address."""

    def use(base: str = "http://127.0.0.1:9") -> None:
        site.use_settings(replace(settings, stripe_key=KEY, stripe_webhook_secret=SECRET, stripe_base=base))

    return use


@pytest.fixture(scope="session")
def stripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStripe]:
    with localstripe(tmp_path_factory.mktemp("stripe")) as running:
        yield running
