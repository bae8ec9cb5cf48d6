"""WTForms fields as the form macros draw them: classes, and the ARIA that ties help and errors to their control."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from wtforms import BooleanField, Field, Form, FormField, RadioField, SelectField, SelectMultipleField
from wtforms.widgets import HiddenInput


@dataclass(frozen=True, slots=True)
class FieldError:
    """An error and where it is; `field_id` is empty for one that concerns the whole form."""

    field_id: str
    label: str
    text: str


def control(field: Field, help_text: str | None = None, attributes: dict[str, Any] | None = None) -> Markup:
    """Draw the control of a field. Attribute names may use underscores: ``hx_get``, ``data_editor``."""
    given = {name.replace("_", "-"): value for name, value in (attributes or {}).items()}
    classes = f"{_control_class(field)} {given.pop('class', '')}".strip()
    described = _described_by(field, help_text)
    if described:
        given["aria-describedby"] = described
    if field.errors:
        given["aria-invalid"] = "true"
    return Markup(field(**{"class": classes, **given}))  # noqa: S704 - WTForms escapes what it draws


def _control_class(field: Field) -> str:
    if isinstance(field, BooleanField):
        return "form-check-input"
    return "form-select" if isinstance(field, SelectField | SelectMultipleField) else "form-control"


def _described_by(field: Field, help_text: str | None) -> str:
    ids = [f"{field.id}-help"] if help_text or field.description else []
    return " ".join([*ids, f"{field.id}-error"] if field.errors else ids)


def field_kind(field: Field) -> str:
    """Return which macro draws the field: hidden, radio, checkbox or plain."""
    if isinstance(field.widget, HiddenInput):
        return "hidden"
    if isinstance(field, RadioField):
        return "radio"
    return "checkbox" if isinstance(field, BooleanField) else "plain"


def form_error_list(form: Form) -> list[FieldError]:
    """Return every error of a form, the form's own first, nested forms included."""
    own = [FieldError("", "", str(text)) for text in form.form_errors]
    return own + list(_field_errors(form))


def _field_errors(form: Form) -> Iterator[FieldError]:
    for field in form:
        if isinstance(field, FormField):
            yield from _field_errors(field.form)
        else:
            yield from (FieldError(_anchor(field), str(field.label.text), text) for text in _texts(field.errors))


def _anchor(field: Field) -> str:
    # A group of radio buttons has no control of its own name: the first button takes the focus.
    return f"{field.id}-0" if isinstance(field, RadioField) else str(field.id)


def _texts(errors: Any) -> Iterator[str]:
    if isinstance(errors, dict):
        errors = errors.values()
    for error in errors:
        if isinstance(error, dict | list | tuple):
            yield from _texts(error)
        else:
            yield str(error)
