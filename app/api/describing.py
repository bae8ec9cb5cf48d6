"""The interface described, from its own tables: as OpenAPI 3.1 for programs, and field by field for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from flask_babel import gettext as _

from app.api.operations import JSON, ONCE, OPERATIONS, Operation
from app.api.problems import TYPE
from app.api.shapes import Problem
from app.api.words import scope_name

REF = "#/components/schemas/{name}"
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A field as people read it: `kind` in the words of JSON Schema."""

    name: str
    kind: str
    required: bool
    note: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape as people read it: its fields, or the words that there are to choose from."""

    name: str
    fields: Sequence[Field] = ()
    choice: str = ""


def document(base_url: str) -> Schema:
    """Return the OpenAPI description of the interface at an address; texts in the reader's language."""
    schemas = components()
    paths: Schema = {}
    for each in OPERATIONS:
        paths.setdefault(each.template, {})[each.method.lower()] = _described(each, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "messagepark", "version": "1"},
        "servers": [{"url": base_url}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }


def components() -> dict[str, Schema]:
    """Return the schema of each shape by its name."""
    used = {shape for each in OPERATIONS for shape in (each.answers, each.takes, each.asks) if shape is not None}
    _refs, found = msgspec.json.schema_components(
        sorted({*used, Problem}, key=lambda shape: shape.__name__), ref_template=REF
    )
    return {name: _translated(schema) for name, schema in sorted(found.items())}


def _translated(schema: Any) -> Any:
    """Fields have descriptions that are in the catalogues; those of shapes are for programmers, and stay."""
    if isinstance(schema, list):
        return [_translated(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: _translated(value) for name, value in schema.items()}
    if isinstance(note := schema.get("description"), str) and "title" not in schema:
        told["description"] = str(_(note))
    return told


def _described(each: Operation, schemas: dict[str, Schema]) -> Schema:
    told: Schema = {
        "operationId": each.name,
        "summary": str(_(each.summary)),
        "description": str(_("Needs a key that may: %(scope)s.", scope=scope_name(each.scope))),
        "parameters": [*_in_path(each), *_in_query(each, schemas), *_in_head(each)],
        "responses": {
            str(each.status): {"description": "OK", "content": {JSON: {"schema": _reference(each.answers)}}},
            "default": {"description": "Problem", "content": {TYPE: {"schema": _reference(Problem)}}},
        },
    }
    if each.takes is not None:
        told["requestBody"] = {"required": True, "content": {JSON: {"schema": _reference(each.takes)}}}
    return told


def _reference(shape: type[msgspec.Struct]) -> Schema:
    return {"$ref": REF.format(name=shape.__name__)}


def _in_path(each: Operation) -> Iterator[Schema]:
    for name, kind in each.arguments:
        yield {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


def _in_query(each: Operation, schemas: dict[str, Schema]) -> Iterator[Schema]:
    known = schemas[each.asks.__name__]["properties"] if each.asks is not None else {}
    for name, schema in known.items():
        yield {"name": name, "in": "query", "required": False, "schema": schema}


def _in_head(each: Operation) -> Iterator[Schema]:
    if each.method == "POST":
        note = _("With a name of your own, the same request again within 24 hours does nothing twice.")
        yield {"name": ONCE, "in": "header", "required": False, "schema": {"type": "string"}, "description": str(note)}


def shapes() -> list[Shape]:
    """Return all shapes as people read them."""
    return [_shape(name, schema) for name, schema in components().items()]


def _shape(name: str, schema: Schema) -> Shape:
    return Shape(name, choice=kind_of(schema)) if "enum" in schema else Shape(name, list(_fields(schema)))


def _fields(schema: Schema) -> Iterator[Field]:
    for name, told in schema.get("properties", {}).items():
        yield Field(name, kind_of(told), name in schema.get("required", ()), told.get("description", ""))


def kind_of(schema: Schema) -> str:
    """Return a type in one line, as in ``integer[]`` or ``date-time | null``."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "allOf" in schema:
        return kind_of(schema["allOf"][0])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(kind_of(each) for each in schema["anyOf"]))
    if schema.get("type") == "array":
        inner = kind_of(schema["items"])
        return f"({inner})[]" if " " in inner else f"{inner}[]"
    return str(schema.get("format") or schema.get("type", "any"))
