"""A search takes a large tenant's index at its word only where that was found to be right."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from alembic import op

if TYPE_CHECKING:
    from neonhub.db.policies import Function

revision = "20251122000000_trusted_routes"
down_revision = "20251121000000_guards_as_needed"
branch_labels = None
depends_on = None

# The functions as they were, which stand still like every migration that is out.
BEFORE = import_module("neonhub.migrations.versions.20251119000000_vector_routes")

CHANGES = (
    (
        """    wide integer;
""",
        """    wide integer;
    wider integer;
    near numeric;
""",
    ),
    (
        """CASE WHEN route ->> 'width' ~ '^[0-9]{1,5}$'
                                THEN (route ->> 'width')::integer ELSE width END);
""",
        """CASE WHEN route ->> 'width' ~ '^[0-9]{1,5}$'
                           THEN greatest((route ->> 'width')::integer, 4 * least(take, 25000))
                           ELSE width END);
    wider := greatest(wide, CASE WHEN route ->> 'scan_width' ~ '^[0-9]{1,5}$'
                                 THEN (route ->> 'scan_width')::integer END);
    near := CASE WHEN jsonb_typeof(route -> 'near') = 'number' THEN route ->> 'near' END;
""",
    ),
    (
        """        IF asked * asked > (route ->> 'rows')::numeric * 20 * wide THEN
""",
        """        IF asked * asked > (route ->> 'rows')::numeric * 20 * wide
           AND coalesce(near, 0) <= 1 THEN
""",
    ),
    (
        """question, signs, wide, take{given};
            PERFORM set_config('enable_sort', 'on', true);
            PERFORM set_config(n, v, true) FROM unnest(named, found) AS s (n, v) WHERE v <> '';
""",
        """question, signs, wide, greatest(take, 10){given};
            PERFORM set_config('enable_sort', 'on', true);
            PERFORM set_config(n, v, true) FROM unnest(named, found) AS s (n, v) WHERE v <> '';
            IF likenesses[least(10, cardinality(likenesses))]::numeric < near THEN
                ids := NULL;
            END IF;
""",
    ),
    (
        """question, signs, wide, take{given};
    END IF;
    RETURN QUERY SELECT * FROM unnest(ids, likenesses);
""",
        """question, signs, wider, take{given};
    END IF;
    RETURN QUERY SELECT * FROM unnest(ids[:take], likenesses[:take]);
""",
    ),
)


def functions() -> list[tuple[Function, Function]]:
    """Each function before and after."""
    made = []
    for old in BEFORE.functions():
        body, given = old.body, ", filter" if "filter jsonb" in old.arguments else ""
        for there, instead in CHANGES:
            body = body.replace(there.replace("{given}", given), instead.replace("{given}", given))
        made.append((old, replace(old, body=body)))
    return made


def upgrade() -> None:
    for old, new in functions():
        op.replace_entity(old, new)


def downgrade() -> None:
    for old, new in reversed(functions()):
        op.replace_entity(new, old)
