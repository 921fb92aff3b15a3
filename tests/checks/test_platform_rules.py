"""Rules about what is ours: policies, migrations, keys."""

from __future__ import annotations

import base64
import os
from importlib import import_module

import pytest

from neonhub.db.crypto import Place, Sealer
from neonhub.ops.drift import drift
from neonhub.ops.migrate import downgrade, head, migrate, revisions
from neonhub.ops.preflight import preflight
from neonhub.settings_keys import parse_encryption_keys
from tests.checks.judging import judged, objects, run, settings
from tests.databases import Database


def key(name: str, secret: bytes | None = None) -> str:
    return f"{name}:{base64.b64encode(secret or os.urandom(32)).decode()}"


def test_0009_policies_as_declared(database: Database) -> None:
    assert judged(database.admin_dsn, "0009").state == "holds"
    run(
        database.admin_dsn,
        "ALTER POLICY tenant ON people USING (true)",
        "DROP POLICY tenant ON team_members",
        "CREATE POLICY more ON agents USING (true)",
        "GRANT TRUNCATE ON campaigns TO neonhub_app",
    )
    broken = judged(database.admin_dsn, "0009")
    assert {(f.object, f.what) for f in broken.found} == {
        ("people", "the policy tenant is not as declared"),
        ("team_members", "the policy tenant is missing"),
        ("agents", "the policy more is declared nowhere"),
        ("campaigns", "the grant neonhub_app is not as declared"),
    }
    run(database.admin_dsn, drift(database.admin_dsn).script)
    assert judged(database.admin_dsn, "0009").state == "holds"


def test_0014_migrations(database: Database) -> None:
    dsn = database.admin_dsn
    assert judged(dsn, "0014").state == "holds"
    downgrade(dsn, revision=revisions()[-2])
    broken = judged(dsn, "0014")
    assert [(f.object, f.mend) for f in broken.found] == [(head(), "neonhub db migrate")]
    migrate(dsn)
    assert judged(dsn, "0014").state == "holds"

    with database.admin() as conn, conn.transaction(force_rollback=False):
        conn.execute(
            "UPDATE neonhub.migration_log SET checksum = 'other' WHERE revision = %s",
            [revisions()[3]],
        )
        conn.execute(
            "INSERT INTO neonhub.migration_log (revision, forward, checksum) "
            "VALUES ('29990101000000_later', true, 'x')"
        )
    assert {f.object: f.what for f in judged(dsn, "0014").found} == {
        revisions()[3]: "it has changed since it was applied",
        "29990101000000_later": "it is not known to this version of NeonHub",
    }


EXAMPLES = {
    "zeros": (bytes(32), "repeats a few bytes"),
    "pairs": (b"\xde\xad\xbe\xef" * 8, "repeats a few bytes"),
    "text": (b"0123456789abcdefghijklmnopqrstuv", "is text"),
    "counted": (bytes(range(200, 232)), "counts up"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_0022_encryption_key(name: str, shared_database: Database) -> None:
    secret, why = EXAMPLES[name]
    weak = parse_encryption_keys(f"{key('k2')},{key('k1', secret)}")
    broken = judged(shared_database.admin_dsn, "0022", encryption_keys=weak)
    assert objects(broken) == {"ENCRYPTION_KEYS k1"}
    assert why in broken.found[0].what
    sound = parse_encryption_keys(f"{key('k2')},{key('k1')}")
    assert judged(shared_database.admin_dsn, "0022", encryption_keys=sound).state == "holds"


def test_0022_no_key_at_all(shared_database: Database) -> None:
    """It must be there in production; on a laptop it is missed only by the first secret."""
    dsn = shared_database.admin_dsn
    laptop = judged(dsn, "0022", encryption_keys=())
    assert [f.severity for f in laptop.found] == ["should"]
    own = judged(dsn, "0022", encryption_keys=(), database_url=dsn)
    assert [f.severity for f in own.found] == ["must"]


def test_0023_stored_secrets_open(database: Database) -> None:
    lost, kept = os.urandom(32), os.urandom(32)
    sealed = Sealer({"k1": lost}).seal("a token", Place("credentials", "access_token", "c1"))
    with database.admin() as conn:
        conn.execute("INSERT INTO users (id, email) VALUES ('u1', 'u@example.com')")
        conn.execute(
            "INSERT INTO credentials (id, user_id, provider, access_token, refresh_token) "
            "VALUES ('c1', 'u1', 'x', %s, NULL)",
            [sealed],
        )
    with_new = parse_encryption_keys(key("k2", kept))
    with_both = parse_encryption_keys(f"{key('k2', kept)},{key('k1', lost)}")
    broken = judged(database.admin_dsn, "0023", encryption_keys=with_new)
    assert objects(broken) == {"credentials.access_token"}
    assert "1 values are sealed with the key 'k1'" in broken.found[0].what
    assert judged(database.admin_dsn, "0023", encryption_keys=with_both).state == "holds"
    hidden = judged(database.dsn("neonhub_migrate"), "0023", encryption_keys=with_new)
    assert hidden.state == "unknown"
    assert "row security hides them" in (hidden.reason or "")


_BLIND = """
CREATE TABLE kin (workspace_id text, id text, brand_id text, author_id text);
ALTER TABLE kin OWNER TO neonhub_owner;
ALTER TABLE kin ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON kin USING (workspace_id = (SELECT neonhub.current_workspace()));
GRANT SELECT ON kin TO neonhub_backup;
CREATE POLICY backup ON kin FOR SELECT TO neonhub_backup USING (true);
INSERT INTO kin VALUES ('w', 'a', 'gone', NULL), ('w', 'b', NULL, 'gone'), ('w', 'c', NULL, NULL);
SET ROLE neonhub_owner;
ALTER TABLE kin
    ADD CONSTRAINT fk_brand FOREIGN KEY (workspace_id, brand_id) REFERENCES brands
    ON DELETE CASCADE;
ALTER TABLE kin
    ADD CONSTRAINT fk_author FOREIGN KEY (author_id) REFERENCES users NOT VALID;
RESET ROLE;
ALTER TABLE kin
    DROP CONSTRAINT fk_author,
    ADD CONSTRAINT fk_author FOREIGN KEY (author_id) REFERENCES users ON DELETE SET NULL NOT VALID
"""


def test_0033_references_hold(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it comes about: the owner, who sees no row, has a reference validated."""
    dsn = database.admin_dsn
    assert judged(dsn, "0033").state == "holds"
    run(dsn, _BLIND)

    for login in (dsn, database.dsn("neonhub_backup")):
        broken = judged(login, "0033")
        assert {(f.object, f.what, f.severity) for f in broken.found} == {
            ("kin", "1 rows refer to rows of brands that are not there (fk_brand)", "must"),
            ("kin", "1 rows refer to rows of users that are not there (fk_author)", "must"),
        }
    # Who would see no row judges nothing, and whoever has no time says what was not looked at.
    assert "row security hides rows" in str(judged(database.dsn("neonhub_migrate"), "0033").reason)
    monkeypatch.setattr(import_module("neonhub.checks.0033_references_hold"), "BUDGET_S", 0.0)
    late = judged(dsn, "0033")
    assert late.state == "unknown" and "--thorough" in str(late.reason)
    (broken,) = preflight(dsn, settings(), only=["0033"], thorough=True).verdicts
    assert broken.state == "broken"

    run(dsn, *(each.mend for each in broken.found))
    monkeypatch.undo()
    assert judged(dsn, "0033").state == "holds"
    with database.admin() as conn:
        assert conn.execute("SELECT id, author_id FROM kin ORDER BY id").fetchall() == [
            ("b", None), ("c", None),
        ]  # fmt: skip
