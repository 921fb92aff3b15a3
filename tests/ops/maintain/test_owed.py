"""What others than the tenant need is kept as long as they do, whatever the tenant has set."""

from __future__ import annotations

import pytest

from neonhub.ops.maintain.periods import parse_period, periods
from neonhub.ops.maintain.rules import RULES
from tests.conftest import Tenants
from tests.databases import Database

OWED = {rule.name: rule for rule in RULES if rule.owed}


@pytest.mark.parametrize(
    ("said", "kept"), [("0d", "7y"), ("6y", "7y"), ("84m", "84m"), ("8y", "8y"), ("never", "never")]
)
def test_a_tenant_may_lengthen_it_and_not_shorten_it(
    database: Database, tenants: Tenants, said: str, kept: str
) -> None:
    with database.admin() as conn:
        conn.execute(
            "UPDATE organizations SET settings = jsonb_build_object('retention', "
            "jsonb_build_object('usage_records', %s::text)) WHERE id = %s",
            [said, tenants.organization],
        )
        found = periods(conn, OWED["usage_records"], {})
    assert found.of_tenants == {tenants.organization: parse_period(kept, field="kept")}


def test_books_and_the_audit_log_are_owed() -> None:
    assert set(OWED) == {"usage_records", "audit_logs"}
