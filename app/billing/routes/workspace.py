"""Usage and plan among the settings."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.billing import accounting, exports, gateway, payment, queries, service, wishes, words
from app.billing.accounting import Account
from app.billing.forecast import forecast
from app.billing.payment import Buyer
from app.core.access import Permission, allowed, current_member, require
from app.core.clock import now
from app.core.errors import NotFound
from app.tenants.plans import plan, plans
from app.tenants.queries import current_workspace

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

billing = Blueprint("billing", __name__, template_folder="../templates")


@billing.get("/settings/usage")
@require(Permission.VIEW)
def index() -> str:
    moment = now()
    month = queries.usage(moment)
    return render_template(
        "billing/usage.html",
        usage=month,
        account=_account_of(queries.month_of(current_workspace(), moment)),
        forecast=forecast(moment),
        today=_today(),
        months=queries.past_months(moment),
        plan=queries.bought(),
        currency=queries.account().currency,
        words=words,
        may_choose=_may_choose(),
    )


def _account_of(month: date) -> Account:
    return accounting.account_of(month, today=_today())


def _today() -> date:
    return now().astimezone(ZoneInfo(current_workspace().timezone)).date()


def _may_choose() -> bool:
    return allowed(current_member().role, Permission.MANAGE_BILLING)


@billing.get("/settings/usage/<month>")
@require(Permission.VIEW)
def show_month(month: str) -> str:
    return render_template("billing/month.html", account=_account_of(_month(month)))


@billing.get("/settings/usage/<month>.csv")
@require(Permission.VIEW)
def month_csv(month: str) -> Response:
    account = _account_of(_month(month))
    return _file(exports.as_csv(account, current_workspace().timezone), f"{account.month:usage-%Y-%m.csv}", "text/csv")


@billing.get("/settings/usage/<month>.xlsx")
@require(Permission.VIEW)
def month_workbook(month: str) -> Response:
    account = _account_of(_month(month))
    return _file(exports.as_workbook(account, current_workspace().timezone), f"{account.month:usage-%Y-%m.xlsx}", EXCEL)


def _file(body: str | bytes, name: str, content_type: str) -> Response:
    return Response(body, mimetype=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _month(text: str) -> date:
    """Read a month as addresses write it (``2026-03``).

    Raises:
        NotFound: it is none.
    """
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise NotFound from error


@billing.post("/settings/usage/overage")
@require(Permission.MANAGE_BILLING)
def choose_overage() -> Response:
    on = request.form.get("on") == "1"
    service.choose_overage(on)
    flash(
        _("Mails above the plan's number go out from now on and are counted.")
        if on
        else _("Mails above the plan's number wait from now on."),
        "success",
    )
    return redirect(url_for(".index"), 303)


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
        invoices=queries.invoices() if _may_choose() else [],
        by_card=gateway.configured(),
        paid="paid" in request.args,
        pays=queries.pays(),
        words=words,
        may_choose=_may_choose(),
    )


@billing.post("/settings/plan")
@require(Permission.MANAGE_BILLING)
def choose_plan() -> Response:
    code = request.form.get("plan", "")
    if gateway.configured():
        return redirect(payment.choose(code, _buyer()), 303)
    if wishes.choose(code, member_id=current_member().id):
        flash(_("Your plan is now %(plan)s", plan=plan(code).name), "success")
    else:
        flash(_("We were asked for the plan and will confirm it. Until then everything stays as it is."), "info")
    return redirect(url_for(".show_plan"), 303)


def _buyer() -> Buyer:
    member = current_member()
    return Buyer(member.email, member.locale or current_workspace().locale)


@billing.post("/settings/plan/payment")
@require(Permission.MANAGE_BILLING)
def open_payment() -> Response:
    """To the payment service's own page: cards, addresses, tax numbers, invoices, ending the plan."""
    return redirect(payment.portal(), 303)


@billing.post("/settings/plan/withdrawals")
@require(Permission.MANAGE_BILLING)
def withdraw_wish() -> Response:
    wishes.withdraw()
    flash(_("The wish is withdrawn. Your plan stays as it is."), "success")
    return redirect(url_for(".show_plan"), 303)
