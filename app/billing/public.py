"""Where the payment service tells what happened. What it says is kept and looked into by a job."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState

from app.billing import gateway, payment
from app.core.errors import NotFound

hearing = Blueprint("payment_events", __name__)


@hearing.record_once
def _needs_no_csrf_token(state: BlueprintSetupState) -> None:
    # Its sender has no cookie; it signs what it sends, byte for byte.
    state.app.extensions["csrf"].exempt(hearing)


@hearing.post("/payment-events")
def hear() -> Response:
    if not gateway.configured():
        raise NotFound
    event = gateway.read_event(request.get_data(), request.headers.get("Stripe-Signature", ""))
    payment.hear(event)
    return Response(status=204)
