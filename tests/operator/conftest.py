"""A browser of somebody unknown at the console."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.dispatch import Dispatcher
from tests.support.console import stranger_at_console


@pytest.fixture
def stranger(dispatcher: Dispatcher) -> FlaskClient:
    return stranger_at_console(dispatcher)
