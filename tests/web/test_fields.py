from __future__ import annotations

from wtforms import BooleanField, FieldList, Form, FormField, RadioField, StringField, validators

from app.web.fields import control, field_kind, form_error_list


class Address(Form):
    street = StringField("Street", [validators.InputRequired()])


class Sample(Form):
    name = StringField("Name", [validators.InputRequired()])
    kind = RadioField("Kind", [validators.InputRequired()], choices=["a", "b"])
    agreed = BooleanField("Agreed")
    address = FormField(Address)
    emails = FieldList(StringField("E-mail", [validators.Length(min=3)]), min_entries=1)


def invalid() -> Sample:
    form = Sample(data={"emails": ["x"]})
    form.validate()
    return form


def test_an_error_is_tied_to_its_control() -> None:
    html = control(invalid().name, "What we call you")
    assert 'aria-describedby="name-help name-error"' in html
    assert 'aria-invalid="true"' in html


def test_a_control_without_help_or_error_describes_nothing() -> None:
    assert "aria-" not in control(Sample().name)


def test_attribute_names_may_use_underscores() -> None:
    html = control(Sample().name, None, {"hx_get": "/count", "class": "narrow"})
    assert 'hx-get="/count"' in html
    assert 'class="form-control narrow"' in html


def test_what_was_typed_is_escaped() -> None:
    assert "<script>" not in control(Sample(data={"name": '"><script>'}).name)


def test_all_errors_are_summed_nested_ones_too() -> None:
    assert [error.field_id for error in form_error_list(invalid())] == ["name", "kind-0", "address-street", "emails"]


def test_errors_of_the_whole_form_come_first() -> None:
    form = invalid()
    form.form_errors.append("Not like this.")
    assert form_error_list(form)[0].text == "Not like this."


def test_each_kind_of_field_has_its_macro() -> None:
    form = Sample()
    assert [field_kind(form.name), field_kind(form.kind), field_kind(form.agreed)] == ["plain", "radio", "checkbox"]
