"""SQL conditions: what may run does what it says; everything else is refused at the word."""

from __future__ import annotations

import pytest

from app.core.db import db
from app.core.errors import DomainError
from app.lists import service
from app.lists.segments import expert
from app.lists.segments.expert import NotAllowed
from app.lists.segments.limits import NotComputable, TookTooLong, within_limits
from app.lists.segments.rules import Rule, people
from app.lists.service import Person
from tests.support.workspaces import Place

HOSTILE = [
    "1 = 1; DROP TABLE contacts", "true; SELECT 1", "true -- all", "true /* all */", "/* */ true", "tr/**/ue",
    "id = 1) OR (1 = 1", "id IN (SELECT id FROM contacts)", "EXISTS (SELECT 1 FROM accounts)",
    "EXISTS (SELECT 1 FROM tenants)", "EXISTS (SELECT 1 FROM pg_catalog.pg_user)", "EXISTS (SELECT 1 FROM pg_shadow)",
    "EXISTS (SELECT 1 FROM information_schema.tables)", "EXISTS (SELECT 1 FROM public.contact)",
    "EXISTS (SELECT password_hash FROM accounts)", "pg_sleep(10) IS NULL", "EXISTS (SELECT pg_sleep(10) FROM contact)",
    "pg_read_file('/etc/passwd') <> ''", "pg_ls_dir('/') = 'etc'", "lo_import('/etc/passwd') = 1",
    "dblink('host=x', 'select 1') IS NULL", "current_setting('app.tenant_id') = '1'",
    "set_config('app.tenant_id', '2', true) = '2'", "set_config('role', 'postgres', true) = ''",
    "query_to_xml('select 1', true, true, '') IS NULL", "xpath('/', 'x') IS NULL",
    "generate_series(1, 1000000000) = 1", "id IN (SELECT generate_series(1, 10))", "unnest(links_clicked) = 1",
    "random() < 0.5", "nextval('x') = 1", "txid_current() = 1", "gen_random_uuid() IS NULL",
    "clock_timestamp() > now()",
    "'contacts'::regclass = 1", "'x'::regproc IS NULL", "id::oid = 1", "CAST(name AS xml) IS NULL", "name::name = 'x'",
    "tableoid = 1", "ctid IS NULL", "xmin = 1", "contact.tenant_id = 2", "tenant_id = 2", "contact IS NULL",
    "contact.* IS NOT NULL", "lower(contact) = ''", "name = $$a$$", "name = $tag$a$tag$", r"name = E'a\'b'",
    r"name = U&'\0061'", "name = $1", "name = :name", "name ~ '(a+)+$'", "name SIMILAR TO 'a'",
    "(SELECT 1) = 1", "(SELECT count(*) FROM contact CROSS JOIN contact c CROSS JOIN contact d) > 1",
    "EXISTS (SELECT 1 FROM contact, contact b, contact c)", "EXISTS (SELECT 1 FROM LATERAL (SELECT 1) x)",
    "EXISTS (SELECT 1 FROM (SELECT * FROM contacts) x)", "EXISTS (WITH x AS (SELECT 1) SELECT 1 FROM x)",
    "EXISTS (SELECT 1 FROM contact UNION SELECT 1 FROM contacts)", "EXISTS (TABLE contacts)",
    "EXISTS (SELECT * FROM contact FOR UPDATE)", "id = (DELETE FROM contact RETURNING id)",
    "EXISTS (SELECT 1 INTO x FROM contact)", "EXISTS (SELECT 1 FROM contact TABLESAMPLE SYSTEM (1))",
    "count(*) OVER () > 1", "row_number() OVER (ORDER BY id) = 1", "array_agg(id) IS NULL", "string_agg(name, '') = ''",
    "COPY contact TO '/tmp/x'", "SELECT 1", "INSERT INTO contact VALUES (1)", "SET ROLE postgres", "name = ",
    "AND name = 'a'", "", "   ", "(" * 200 + "true" + ")" * 200, " OR ".join(["id = 1"] * 500), "x" * 5000,
    "name\u00a0= 'a'", "name = 'a' COLLATE \"C\"", "(fields).x = 1", "version() = ''", "current_user = 'x'",
    "session_user = 'x'", "contact.fields -> pg_sleep(1) IS NULL", "repeat('a', 1000000000) = ''",
    "EXISTS (SELECT 1 FROM contact AS c(x) WHERE x = 1)", "interval '1 day' * pg_sleep(1) IS NULL",
    'EXISTS (SELECT 1 FROM "contacts")', "EXISTS (SELECT 1 FROM Contacts)", "name = 'a' AND 1 IN (VALUES (1))",
    "has_table_privilege('accounts', 'select')", "to_regclass('accounts') IS NULL",
    "json_populate_record(null, '{}') IS NULL",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_not_on_the_list_is_refused(text: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        expert.checked(text)
    assert refused.value.spot.line >= 1


GOOD = {
    "name = 'Kim A'": {"Kim A"},
    "name LIKE 'Kim%' AND NOT fields ->> 'town' = 'Busan'": {"Kim A"},
    "lower(fields->>'town') IN ('busan', 'seoul')": {"Kim A", "Lee B", "Kim C"},
    "CASE WHEN jsonb_typeof(fields['age']) = 'number' THEN (fields->>'age')::numeric ELSE 0 END > 30": {"Lee B"},
    "EXISTS (SELECT 1 FROM subscription s WHERE s.contact_id = contact.id AND s.list_code = 'sport')": {"Kim C"},
    "id IN (SELECT contact_id FROM subscription GROUP BY contact_id HAVING count(*) > 1)": {"Kim C"},
    "created_at > now() - interval '1 day' AND created_at::date <= current_date + 1": {"Kim A", "Lee B", "Kim C"},
    "domain = 'example.com' AND NOT suppressed": {"Kim A", "Lee B"},
    "NOT EXISTS (SELECT 1 FROM delivery_summary d JOIN mailing m ON m.id = d.mailing_id"
    " WHERE d.contact_id = contact.id AND d.opened_at IS NOT NULL AND 2 = ANY(d.links_clicked))": {
        "Kim A", "Lee B", "Kim C",
    },
    "name = 'O''Brien; -- not a comment' OR name = 'Lee B'": {"Lee B"},
    "fields -> 'tags' @> '[\"a\"]'": {"Kim C"},
    "substring(name, 1, 3) = 'Kim' AND extract(year from created_at) >= 2020": {"Kim A", "Kim C"},
}  # fmt: skip


def fill() -> None:
    news, sport = (service.create_list(code, title=code).id for code in ("news", "sport"))
    for name, fields in (
        ("Kim A", {"town": "Seoul", "age": 20}),
        ("Lee B", {"town": "busan", "age": 40}),
        ("Kim C", {"town": "Busan", "age": "old", "tags": ["a", "b"]}),
    ):
        person = Person(f"{name.replace(' ', '.')}@example.com", name)
        service.add_person(news, person, consent="asked").fields = fields
    service.add_person(sport, Person("kim.c@example.com"), consent="asked")
    service.suppress_address("kim.c@example.com")
    db.session.flush()


def named(sql: str) -> set[str]:
    found = people(Rule(sql=sql)).subquery()
    with within_limits():
        rows = db.session.execute(service.sa.select(service.Contact.name).where(service.Contact.id.in_(found.select())))
    return {row.name for row in rows}


def test_what_may_run_finds_whom_it_describes(workspace: Place, other_workspace: Place) -> None:
    with workspace.inside():
        fill()
        for sql, expected in GOOD.items():
            assert named(sql) == expected, sql
    with other_workspace.inside():
        assert named("true") == set()


@pytest.mark.parametrize(
    ("text", "line", "column", "word"),
    [
        ("name = 'a'\n  AND pg_sleep(1) IS NULL", 2, 7, "pg_sleep"),
        ("name = 'a' AND salary > 3", 1, 16, "salary"),
        ("id IN (SELECT id\n FROM contacts)", 2, 7, "contacts"),
        ("true -- all", 1, 6, "--"),
        ("name = 'a' AND", 1, 12, "AND"),
    ],
)
def test_an_error_points_at_the_word(text: str, line: int, column: int, word: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        expert.checked(text)
    spot = refused.value.spot
    assert (spot.line, spot.column, text[spot.start : spot.end]) == (line, column, word)


def test_what_goes_wrong_in_the_database_is_told_and_hurts_nothing_else(workspace: Place) -> None:
    with workspace.inside():
        fill()
        for sql in ("(fields->>'town')::numeric > 1", "1 / (id - id) = 1", "name + 1 = 2", "lower(id) = ''"):
            with pytest.raises(NotComputable):
                named(sql)
        assert named("name = 'Kim A'") == {"Kim A"}


def test_a_query_is_cut_off_in_time_and_reads_only(workspace: Place) -> None:
    with workspace.inside():
        with pytest.raises(TookTooLong), within_limits(1):
            db.session.execute(service.sa.text("SELECT pg_sleep(5)"))
        with pytest.raises((DomainError, Exception), match="read-only"), within_limits():
            db.session.execute(service.sa.text("DELETE FROM contacts"))
        assert service.queries.everybody() == []
