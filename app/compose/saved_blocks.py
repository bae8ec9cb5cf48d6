"""Blocks that are kept for other mails, such as a header or a footer, and brought up to date where they are used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH

from app.compose import designs, service
from app.compose.models import Mailing, SavedBlock
from app.core.db import db
from app.core.errors import N_, Invalid, NotFound
from app.core.tenancy import current_tenant_id
from app.document.schema import read_block
from app.sending import queries as sending
from app.templates_mgmt import queries as templates

TITLE_LIMIT = 80
_IS_COPY = sa.cast("$.**.saved ? (@ == $id)", JSONPATH)


class NoTitle(Invalid):
    message = N_("Give the block a name of at most 80 characters.")


@dataclass(frozen=True, slots=True)
class Uses:
    """Where copies of a saved block stand that can still be changed: drafts and templates, by number."""

    mailings: list[int]
    templates: list[int]

    def __len__(self) -> int:
        return len(self.mailings) + len(self.templates)


def saved_blocks() -> list[SavedBlock]:
    """Return the workspace's saved blocks by name."""
    query = sa.select(SavedBlock).where(SavedBlock.tenant_id == current_tenant_id())
    return list(db.session.scalars(query.order_by(SavedBlock.title, SavedBlock.id)))


def saved_block(block_id: int) -> SavedBlock:
    """Return a saved block of this workspace.

    Raises:
        NotFound: it has none of this number.
    """
    mine = SavedBlock.tenant_id == current_tenant_id(), SavedBlock.id == block_id
    found = db.session.scalar(sa.select(SavedBlock).where(*mine))
    if found is None:
        raise NotFound
    return found


def keep(title: str, block: object) -> SavedBlock:
    """Keep a block for other mails.

    Raises:
        NoTitle: it has no name.
        DocumentFault: it is not as a block must be.
    """
    if not 0 < len(title.strip()) <= TITLE_LIMIT:
        raise NoTitle
    read_block(block)
    made = SavedBlock(title=title.strip(), block={})
    db.session.add(made)
    db.session.flush()
    made.block = _marked(block, made.id)
    db.session.flush()
    return made


def change(changed: SavedBlock, block: object) -> None:
    """Let a saved block say something else. Its copies stay as they are until `renew`. Raises `DocumentFault`."""
    read_block(block)
    changed.block, changed.updated_at = _marked(block, changed.id), sa.func.now()
    db.session.flush()


def _marked(block: Any, number: int) -> dict[str, Any]:
    """Return a block as one to be copied: it knows which it is, and brings neither a number nor a lock of its place."""
    attrs = {key: value for key, value in (block.get("attrs") or {}).items() if key not in ("id", "locked")}
    return {**block, "attrs": {**attrs, "saved": number}}


def delete(removed: SavedBlock) -> None:
    """Forget a saved block; its copies stay."""
    db.session.delete(removed)
    db.session.flush()


def uses(block_id: int) -> Uses:
    number = sa.cast(sa.literal({"id": block_id}, JSONB), JSONB)
    mine = Mailing.tenant_id == current_tenant_id(), ~sending.has_launch(Mailing.id)
    copies = sa.func.jsonb_path_exists(Mailing.document, _IS_COPY, number)
    query = sa.select(Mailing.id).where(*mine, Mailing.document.is_not(None), copies)
    return Uses(list(db.session.scalars(query.order_by(Mailing.id))), templates.with_copies_of(block_id))


def renew(block: SavedBlock, *, author_id: int, now: datetime) -> Uses:
    """Bring all copies that can still be changed up to date, as new versions; return where they were.

    What a template has locked is renewed too: the workspace changes its own words here, not the writer of a mail.
    """
    found = uses(block.id)
    for number in found.mailings:
        service.renew_document(number, lambda document: _renewed(document, block), author_id=author_id)
    for number in found.templates:
        template = templates.template(number)
        document = _renewed(template.document or {}, block)
        designs.change_template(number, document, version=template.version, author_id=author_id, now=now)
    return found


def _renewed(node: dict[str, Any], block: SavedBlock) -> dict[str, Any]:
    attrs = node.get("attrs") or {}
    if attrs.get("saved") == block.id:
        place = {key: attrs[key] for key in ("id", "locked") if key in attrs}
        return block.block | {"attrs": block.block["attrs"] | place}
    if "content" not in node:
        return node
    return node | {"content": [_renewed(each, block) for each in node["content"]]}
