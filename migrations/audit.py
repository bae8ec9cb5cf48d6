"""The trigger that writes the log of changes, and how a table comes under its eye."""

from __future__ import annotations

from alembic import op

DOTS = "•••"

# It runs as the owner, since the tenant's role may not alter the log. Without an actor it is not even called.
FUNCTION = """
CREATE FUNCTION audit_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    actor jsonb := current_setting('app.actor')::jsonb;
    here bigint := nullif(current_setting('app.tenant_id', true), '')::bigint;
    secret text[] := string_to_array(TG_ARGV[0], ' ');
    ignored text[] := string_to_array(TG_ARGV[1], ' ') || ARRAY['tenant_id', 'created_at', 'updated_at'];
    old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) ELSE '{}' END;
    new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) ELSE '{}' END;
    some_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    was jsonb := audit_differing(old_row - ignored, new_row - ignored, secret);
    became jsonb := audit_differing(new_row - ignored, old_row - ignored, secret);
    tenant bigint := coalesce(
        (some_row->>'tenant_id')::bigint,
        CASE WHEN TG_TABLE_NAME = 'tenants' THEN (some_row->>'id')::bigint END,
        here);
    -- Somebody who signs out everywhere acts in other workspaces too, where their number is somebody else's.
    who bigint := CASE WHEN tenant = here THEN (actor->>'id')::bigint ELSE 0 END;
    own_id text := coalesce(
        some_row->>'id', some_row->>'contact_id', some_row->>'mailing_id', some_row->>'list_id', '');
    own_title text := CASE WHEN secret @> ARRAY['*'] THEN '' ELSE coalesce(
        nullif(some_row->>'title', ''), nullif(some_row->>'subject', ''), nullif(some_row->>'name', ''),
        some_row->>'email', some_row->>'file_name', some_row->>'kind', '') END;
    sitting bigint;
BEGIN
    IF tenant IS NULL OR (TG_OP = 'UPDATE' AND became = '{}') THEN RETURN NULL; END IF;
    IF TG_TABLE_NAME = 'members' THEN
        SELECT email INTO own_title FROM accounts WHERE id = (some_row->>'account_id')::bigint;
    END IF;
    IF TG_OP = 'UPDATE' AND TG_ARGV[2] = 'sitting' THEN
        SELECT id INTO sitting FROM (
            SELECT * FROM audit_entries WHERE tenant_id = tenant AND thing = TG_TABLE_NAME ORDER BY id DESC LIMIT 1
        ) latest
        WHERE thing_id = own_id AND action = 'update' AND actor_id = who
          AND actor_kind = actor->>'kind' AND at > clock_timestamp() - interval '10 minutes'
          AND (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(after) k)
            = (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(became) k);
        IF sitting IS NOT NULL THEN
            UPDATE audit_entries SET after = became, title = own_title WHERE tenant_id = tenant AND id = sitting;
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO audit_entries (tenant_id, actor_kind, actor_id, actor_name, place, device, action, thing, thing_id,
        title, before, after)
    VALUES (tenant, actor->>'kind', who, actor->>'name', actor->>'place', actor->>'device',
        lower(TG_OP), TG_TABLE_NAME, own_id, coalesce(left(own_title, 200), ''), was, became);
    RETURN NULL;
END $$
"""

# What one row has otherwise than another: secrets as dots, long values cut, and nothing of what is empty in both.
DIFFERING = f"""
CREATE FUNCTION audit_differing(this jsonb, other jsonb, secret text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_object_agg(key, CASE
        WHEN value = 'null' THEN value
        WHEN key = ANY (secret) OR '*' = ANY (secret) THEN '"{DOTS}"'
        WHEN length(value #>> '{{}}') > 300 THEN to_jsonb(left(value #>> '{{}}', 300) || '…')
        ELSE value END), '{{}}')
    FROM jsonb_each(this)
    WHERE value IS DISTINCT FROM other->key
      AND NOT (value IN ('null', '""', '[]', '{{}}') AND other->key IS NULL)
$$
"""


def create_functions() -> None:
    op.execute(DIFFERING)
    op.execute(FUNCTION)
    op.execute("REVOKE EXECUTE ON FUNCTION audit_change() FROM PUBLIC")


def drop_functions() -> None:
    op.execute("DROP FUNCTION audit_change()")
    op.execute("DROP FUNCTION audit_differing(jsonb, jsonb, text[])")


def watch(table: str, *, hidden: str = "", ignored: str = "", sitting: bool = False) -> None:
    """Log every change of a row of `table` that somebody makes. Columns are divided by spaces.

    `hidden`: only that it changed is told (``*``: of every column); `ignored`: not even that. `sitting`: what is saved
    again and again while somebody writes is one entry.
    """
    args = ", ".join(f"'{value}'" for value in (hidden, ignored, "sitting" if sitting else ""))
    op.execute(
        f"CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"
        f" WHEN (current_setting('app.actor', true) <> '') EXECUTE FUNCTION audit_change({args})"
    )


def forget(table: str) -> None:
    op.execute(f"DROP TRIGGER audit ON {table}")
