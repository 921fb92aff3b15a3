"""Functions that read past the policies: few, fixed, and deaf to what the caller puts about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from neonhub import schema
from neonhub.db.policies import Function
from tests.factories.base import Conn
from tests.isolation.world import World

DEFINERS = {each.name: each for each in schema.functions() if each.security_definer}

_LIVE = """
SELECT p.proname::text, p.proowner::regrole::text, p.prosecdef, p.proconfig,
       ARRAY(SELECT coalesce(nullif(a.grantee, 0)::regrole::text, 'public')
               FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
              WHERE a.grantee <> p.proowner ORDER BY 1)
  FROM pg_proc p
 WHERE p.pronamespace IN ('neonhub'::regnamespace, 'public'::regnamespace)
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""


def _live(world: World) -> dict[str, tuple[Any, ...]]:
    with world.database.admin() as conn:
        return {str(row[0]): tuple(row[1:]) for row in conn.execute(_LIVE)}


def test_those_that_run_as_another_are_those_declared(world: World) -> None:
    live = _live(world)
    assert {name for name, row in live.items() if row[1]} == set(DEFINERS)
    assert set(live) == {each.name for each in schema.functions()}


@pytest.mark.parametrize("function", DEFINERS.values(), ids=DEFINERS)
def test_owner_path_and_callers_are_fixed(world: World, function: Function) -> None:
    owner, _, config, callers = _live(world)[function.name]
    # Partitions are made by whom tables belong to; everything else reads, and no more.
    makes_tables = function.name in {"ensure_partitions", "mirror_guards"}
    assert owner == ("neonhub_owner" if makes_tables else "neonhub_search")
    assert [each for each in config if each.startswith("search_path=")] == [
        "search_path=public, pg_temp"
    ]
    assert callers == sorted(function.execute)
    assert "public" not in callers


@pytest.mark.parametrize("function", DEFINERS.values(), ids=DEFINERS)
def test_the_role_of_signing_in_may_not_call_it(world: World, function: Function) -> None:
    with world.database.connect("neonhub_auth") as conn:
        row = conn.execute(
            "SELECT has_function_privilege(oid, 'EXECUTE') FROM pg_proc WHERE proname = %s",
            [function.name],
        ).fetchone()
    assert row == (False,)


def test_the_searching_role_reads_and_no_more(world: World) -> None:
    with world.database.admin() as conn:
        rows = conn.execute(
            "SELECT DISTINCT p FROM pg_class c, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', "
            "'TRUNCATE', 'TRIGGER', 'REFERENCES']) p WHERE c.relkind = 'r' "
            "AND has_table_privilege('neonhub_search', c.oid, p)"
        ).fetchall()
        assert rows == []
        row = conn.execute(
            "SELECT has_schema_privilege('neonhub_search', 'neonhub', 'CREATE'), "
            "has_schema_privilege('neonhub_search', 'public', 'CREATE')"
        ).fetchone()
    assert row == (False, False)


# -- what a caller may put in the way -------------------------------------------------------

_CALLS = {
    "find_workspace": "SELECT * FROM neonhub.find_workspace({their_workspace})",
    "find_organization": "SELECT * FROM neonhub.find_organization({their_organization})",
    "workspaces_of_user": "SELECT * FROM neonhub.workspaces_of_user()",
    "find_api_key": "SELECT * FROM neonhub.find_api_key('guessed')",
    "find_invitation": "SELECT * FROM neonhub.find_invitation('guessed')",
    "search_people_by_name": "SELECT * FROM neonhub.search_people_by_name('person', 100)",
    "search_chunks_by_text": "SELECT * FROM neonhub.search_chunks_by_text({their_space}, "
    "ARRAY[{their_dataset}, {our_dataset}], 'text', NULL, 100)",
}

# A table of the caller's own, as if it were the one that the function reads; then what it calls.
_SHADOWS = (
    *(
        f"CREATE TEMP TABLE {table} AS SELECT * FROM public.{table} WHERE false"
        for table in ("workspaces", "organizations", "workspace_members", "organization_members")
    ),
    *(
        f"CREATE TEMP TABLE {table} AS SELECT * FROM public.{table} WHERE false"
        for table in ("organization_roles", "api_keys", "invitations", "documents", "chunks")
    ),
    "INSERT INTO pg_temp.workspace_members (workspace_id, id, user_id, role, status) "
    "VALUES ({their_workspace}, 'made', {our_user}, 'owner', 'active')",
    "INSERT INTO pg_temp.organization_members (organization_id, id, user_id, role_id, status) "
    "VALUES ({their_organization}, 'made', {our_user}, 'made', 'active')",
    "INSERT INTO pg_temp.organization_roles (id, organization_id, slug) "
    "VALUES ('made', {their_organization}, 'owner')",
    "INSERT INTO pg_temp.api_keys (id, organization_id, token_hash) "
    "VALUES ('made', {their_organization}, 'guessed')",
    "INSERT INTO pg_temp.chunks (workspace_id, id, document_id, dataset_id, embedding_space_id, "
    "tsv) VALUES ({our_workspace}, 'made', 'made', {our_dataset}, {their_space}, 'text'::tsvector)",
    "CREATE FUNCTION pg_temp.current_workspace() RETURNS text LANGUAGE sql AS "
    "'SELECT {their_workspace_bare}'",
    "CREATE FUNCTION pg_temp.current_setting(text, boolean) RETURNS text LANGUAGE sql AS "
    "'SELECT {their_workspace_bare}'",
    "CREATE FUNCTION pg_temp.websearch_to_tsquery(regconfig, text) RETURNS tsquery "
    "LANGUAGE sql AS $$SELECT 'text'::tsquery$$",
    "CREATE FUNCTION pg_temp.yes(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    "CREATE OPERATOR pg_temp.= (FUNCTION = pg_temp.yes, LEFTARG = text, RIGHTARG = text)",
    "CREATE TEXT SEARCH CONFIGURATION pg_temp.english (COPY = pg_catalog.simple)",
    "SET LOCAL search_path = pg_temp, public",
)


def _names(world: World) -> dict[str, str]:
    ours, theirs = world.ours, world.theirs
    values = {
        "our_user": ours.user,
        "our_workspace": ours.workspace,
        "our_dataset": ours.rows["datasets"]["id"],
        "their_workspace": theirs.workspace,
        "their_organization": theirs.organization,
        "their_space": theirs.rows["embedding_spaces"]["id"],
        "their_dataset": theirs.rows["datasets"]["id"],
    }
    quoted = {name: f"'{value}'" for name, value in values.items()}
    return quoted | {"their_workspace_bare": f"''{theirs.workspace}''"}


def _answers(conn: Conn, names: dict[str, str]) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: conn.execute(text.format(**names).encode()).fetchall()
        for name, text in _CALLS.items()
    }


@pytest.fixture
def as_us(world: World) -> Iterator[Conn]:
    """A transaction of ours, with a user who belongs to our workspace."""
    with world.doors["login"].transaction(world.ours.settings) as conn:
        yield conn


def test_every_definer_is_attacked() -> None:
    callable_ = {name for name, each in DEFINERS.items() if "neonhub_app" in each.execute}
    assert set(_CALLS) == callable_


@pytest.mark.parametrize("function", ["ensure_partitions", "mirror_guards"])
@pytest.mark.parametrize("role", ["neonhub_app", "neonhub_readonly", "neonhub_backup"])
def test_who_works_with_rows_makes_no_partitions(world: World, function: str, role: str) -> None:
    with world.database.connect(role) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(f"SELECT neonhub.{function}()".encode())


def test_shadows_of_tables_functions_and_operators_change_nothing(
    world: World, as_us: Conn
) -> None:
    names = _names(world)
    before = _answers(as_us, names)
    for shadow in _SHADOWS:
        as_us.execute(shadow.format(**names).encode())
    assert _answers(as_us, names) == before
    assert before["find_workspace"] == before["find_organization"] == []
    assert [row[0] for row in before["workspaces_of_user"]] == [world.ours.workspace]


def test_the_shadows_do_shadow(world: World, as_us: Conn) -> None:
    """The control: without a path of its own, a statement falls for them."""
    names = _names(world)
    for shadow in _SHADOWS:
        as_us.execute(shadow.format(**names).encode())
    body = "SELECT workspace_id FROM workspace_members WHERE user_id = {our_user}"
    rows = as_us.execute(body.format(**names).encode()).fetchall()
    assert rows == [(world.theirs.workspace,)]


@pytest.mark.parametrize("which", ["theirs", "ours", "none", "empty"])
def test_full_text_search_reads_the_tenant_in_the_setting(world: World, which: str) -> None:
    names = _names(world) | {"our_dataset": _names(world)["their_dataset"]}
    settings = {
        "theirs": world.theirs.settings,
        "ours": world.ours.settings,
        "none": None,
        "empty": ("", "", ""),
    }[which]
    with world.doors["login"].transaction(settings) as conn:
        rows = conn.execute(_CALLS["search_chunks_by_text"].format(**names).encode()).fetchall()
    expected = [world.theirs.rows["chunks"]["id"]] if which == "theirs" else []
    assert [row[0] for row in rows] == expected


@pytest.mark.parametrize("setting", ["workspace", "organization"])
def test_whom_the_user_does_not_belong_to_is_not_found(world: World, setting: str) -> None:
    theirs = world.theirs.id_of(setting)
    text = f"SELECT * FROM neonhub.find_{setting}(%s)"
    slug = world.theirs.rows[f"{setting}s"]["slug"]
    for ref in (theirs, slug):
        with world.doors["login"].transaction(world.ours.settings) as conn:
            assert conn.execute(text.encode(), [ref]).fetchall() == []
        with world.doors["login"].transaction(world.theirs.settings) as conn:
            assert len(conn.execute(text.encode(), [ref]).fetchall()) == 1


@pytest.mark.parametrize(
    ("query", "filter_"),
    [
        ("' | (", None),
        ("text'; DROP TABLE chunks; --", None),
        ("a:* & !b <-> 'c'", None),
        ('"unclosed', None),
        ("-text", None),
        ("\\'\\\\", None),
        ("text", '{"a": "\'; SELECT 1; --"}'),
        ("text", "[]"),
        ("text " * 800, None),
    ],
)
def test_what_a_question_holds_is_data(world: World, query: str, filter_: str | None) -> None:
    """However it is quoted, nothing of theirs comes back and nothing fails."""
    text = "SELECT id FROM neonhub.search_chunks_by_text(%s, %s, %s, %s::jsonb, 100)"
    datasets = [side.rows["datasets"]["id"] for side in (world.ours, world.theirs)]
    for side in (world.ours, world.theirs):
        space = side.rows["embedding_spaces"]["id"]
        with world.doors["login"].transaction(world.ours.settings) as conn:
            rows = conn.execute(text, [space, datasets, query, filter_]).fetchall()
        assert world.theirs.rows["chunks"]["id"] not in [row[0] for row in rows]


def test_a_filter_that_is_no_json_tells_only_itself(world: World, as_us: Conn) -> None:
    with pytest.raises(psycopg.errors.InvalidTextRepresentation) as refused:
        as_us.execute(
            _CALLS["search_chunks_by_text"]
            .format(**_names(world))
            .replace("NULL", "'{'::jsonb")
            .encode()
        )
    assert world.theirs.workspace not in str(refused.value)
