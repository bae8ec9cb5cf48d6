"""Response headers that every page carries."""

from __future__ import annotations

from flask import Flask, Response, current_app, g

from config.settings import Settings

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    # Charts are SVG with their own style sheet, and mails carry inline styles.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: http: https:",
    "font-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'self'",
}


def add_headers(response: Response) -> Response:
    settings: Settings = current_app.config["SETTINGS"]
    response.headers.setdefault("Content-Security-Policy", content_policy(settings, strict="strict_styles" in g))
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    if settings.secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if "Cache-Control" not in response.headers and response.mimetype == "text/html":
        response.headers["Cache-Control"] = "private, no-store"
    return response


def content_policy(settings: Settings, *, strict: bool = False) -> str:
    """Forms may be answered by a redirect between the site and its workspaces, so both count as ours. So do
    Stripe's pages, where plans are paid.

    `strict`: no styles written into HTML either; for pages without charts and mails.
    """
    ours = f"{settings.base_url} {settings.scheme}://*.{settings.base_host}{settings.port_suffix}"
    if settings.stripe_key:
        ours += " https://checkout.stripe.com https://billing.stripe.com"
    policy = POLICY | {"form-action": f"'self' {ours}"} | ({"style-src": "'self'"} if strict else {})
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def register(app: Flask) -> None:
    app.after_request(add_headers)
