"""What is tested on the whole running service. One file, since a file stays in one test process: it is started once."""

from __future__ import annotations

import pytest

from tests.journeys.every_page import addresses, test_every_door_is_sound, test_every_page_is_sound
from tests.journeys.mail_life import (
    owner,
    test_breaking_news_overtakes_what_was_planned,
    test_editor_asks_and_the_owner_approves,
    test_mail_comes_again_by_itself,
    test_mail_is_put_off_called_back_and_put_off_again,
    test_mail_is_sent_with_the_keyboard_alone,
)
from tests.journeys.main_job import page, test_from_sign_up_to_the_report
from tests.journeys.paying import test_from_sign_up_over_payment_to_signed_mail, till
from tests.journeys.running import recovery_codes, test_a_day_at_the_console

__all__ = [
    "addresses",
    "owner",
    "page",
    "recovery_codes",
    "test_a_day_at_the_console",
    "test_breaking_news_overtakes_what_was_planned",
    "test_editor_asks_and_the_owner_approves",
    "test_every_door_is_sound",
    "test_every_page_is_sound",
    "test_from_sign_up_over_payment_to_signed_mail",
    "test_from_sign_up_to_the_report",
    "test_mail_comes_again_by_itself",
    "test_mail_is_put_off_called_back_and_put_off_again",
    "test_mail_is_sent_with_the_keyboard_alone",
    "till",
]
pytestmark = pytest.mark.browser
