"""Usage and plan among the settings."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.billing import queries, wishes, words
from app.core.access import Permission, allowed, current_member, require
from app.core.clock import now
from app.tenants.plans import plan, plans

billing = Blueprint("billing", __name__, template_folder="../templates")


@billing.get("/settings/usage")
@require(Permission.VIEW)
def index() -> str:
    moment = now()
    return render_template(
        "billing/usage.html", usage=queries.usage(moment), months=queries.past_months(moment), now=moment
    )


@billing.get("/settings/plan")
@require(Permission.VIEW)
def show_plan() -> str:
    wish = wishes.open_wish()
    return render_template(
        "billing/plan.html",
        plans=list(plans().values()),
        present=queries.bought(),
        wish=plan(wish.plan_code) if wish else None,
        account=queries.account(),
        words=words,
        may_choose=allowed(current_member().role, Permission.MANAGE_WORKSPACE),
    )


@billing.post("/settings/plan")
@require(Permission.MANAGE_WORKSPACE)
def choose_plan() -> Response:
    code = request.form.get("plan", "")
    if wishes.choose(code, member_id=current_member().id):
        flash(_("Your plan is now %(plan)s", plan=plan(code).name), "success")
    else:
        flash(_("We were asked for the plan and will confirm it. Until then everything stays as it is."), "info")
    return redirect(url_for(".show_plan"), 303)


@billing.post("/settings/plan/withdrawals")
@require(Permission.MANAGE_WORKSPACE)
def withdraw_wish() -> Response:
    wishes.withdraw()
    flash(_("The wish is withdrawn. Your plan stays as it is."), "success")
    return redirect(url_for(".show_plan"), 303)
