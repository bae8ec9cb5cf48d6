"""Mail to those who manage a workspace's plan: what was decided, what is used up, what was not paid."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _

from app.core.access import Permission
from app.tenants.member_letters import Letter, post_to_all
from app.tenants.plans import Plan


def post(write: Callable[[], Letter]) -> None:
    """Send a letter to everybody who looks after the plan of the present workspace, written in each one's language."""
    post_to_all(Permission.MANAGE_BILLING, write)


def post_decision(wanted: Plan, *, yes: bool) -> None:
    """Tell what became of a plan that was asked for."""

    def write() -> Letter:
        if yes:
            return Letter(
                _("Your plan is now %(plan)s", plan=wanted.name),
                [_("What you asked for is confirmed. What waited for room in the plan goes out now.")],
                _("Look at the plan"),
                "/settings/plan",
            )
        return Letter(
            _("The plan %(plan)s was not confirmed", plan=wanted.name),
            [_("Everything stays as it is. Answer this mail if you would like to know why.")],
            _("Look at the plan"),
            "/settings/plan",
        )

    post(write)


def post_unpaid(days: int) -> None:
    """Tell that a bill could not be collected, and how long everything goes on."""
    post(
        lambda: Letter(
            _("A payment did not go through"),
            [
                _("The bill for your plan could not be collected. Everything goes on for %(days)s days.", days=days),
                _("After that the workspace can only be read until it is paid. Nothing is deleted."),
            ],
            _("See to the payment"),
            "/settings/plan",
        )
    )


def post_closed() -> None:
    """Tell that the days of grace are over."""
    post(
        lambda: Letter(
            _("Your workspace can only be read for now"),
            [
                _("The bill for your plan is still open. Mailings wait, and nothing can be changed until it is paid."),
                _("Nothing is deleted. As soon as it is paid, everything goes on by itself."),
            ],
            _("See to the payment"),
            "/settings/plan",
        )
    )


def post_ended() -> None:
    """Tell that a subscription is over."""
    post(
        lambda: Letter(
            _("Your plan has ended"),
            [
                _("The workspace has the free plan now. People, members and domains stay; only adding waits."),
                _("Take a plan again whenever you like."),
            ],
            _("Look at the plan"),
            "/settings/plan",
        )
    )
