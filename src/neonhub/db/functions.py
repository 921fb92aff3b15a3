"""Functions of the database that every table relies on."""

from __future__ import annotations

from neonhub.db.guards import current_function
from neonhub.db.policies import Function

__all__ = ["FUNCTIONS"]


def _current(setting: str) -> Function:
    """The tenant's setting of this transaction; what a pooler reset to '' is no tenant."""
    return Function(
        current_function(setting),
        "",
        "text",
        f" SELECT NULLIF(current_setting('neonhub.{setting}_id', true), '') ",
    )


CUID = Function(
    "cuid",
    "",
    "text",
    """
DECLARE
    digits constant text := '0123456789abcdefghijklmnopqrstuvwxyz';
    stamp bigint := floor(extract(epoch FROM clock_timestamp()) * 1000);
    noise bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    made text := '';
BEGIN
    FOR i IN 1..8 LOOP
        made := substr(digits, (stamp % 36)::int + 1, 1) || made;
        stamp := stamp / 36;
    END LOOP;
    -- Bytes 6 and 8 of a UUID carry its version and variant: they are not random.
    FOR i IN 0..18 LOOP
        CONTINUE WHEN i IN (6, 8);
        made := made || substr(digits, get_byte(noise, i) % 36 + 1, 1);
    END LOOP;
    RETURN 'c' || substr(made, 1, 24);
END
""",
    language="plpgsql",
    volatility="VOLATILE",
)

TOUCH = Function(
    "touch_updated_at",
    "",
    "trigger",
    """
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
""",
    language="plpgsql",
    volatility="VOLATILE",
    parallel="UNSAFE",
)

FUNCTIONS = (
    CUID,
    TOUCH,
    _current("workspace"),
    _current("organization"),
    _current("user"),
)
