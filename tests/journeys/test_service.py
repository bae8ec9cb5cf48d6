"""What is tested on the whole running service. One file, since a file stays in one test process: it is started once."""

from __future__ import annotations

import pytest

from tests.journeys.every_page import addresses, test_every_door_is_sound, test_every_page_is_sound
from tests.journeys.main_job import page, test_from_sign_up_to_the_report

__all__ = [
    "addresses",
    "page",
    "test_every_door_is_sound",
    "test_every_page_is_sound",
    "test_from_sign_up_to_the_report",
]
pytestmark = pytest.mark.browser
