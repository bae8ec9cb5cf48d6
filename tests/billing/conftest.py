"""A workspace that pays nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.workspaces import Place


@pytest.fixture
def place(new_workspace: Callable[..., Place]) -> Place:
    return new_workspace(plan="free")
