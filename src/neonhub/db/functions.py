"""Functions of the database that every table relies on."""

from __future__ import annotations

from neonhub.db.guards import current_function
from neonhub.db.partitions import FUNCTIONS as PARTITIONS
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

REFUSE = Function(
    "refuse_change",
    "",
    "trigger",
    """
BEGIN
    -- What follows from the end of a row that this one refers to (a person who is erased, a
    -- workspace that is deleted) comes from within the reference's own trigger: it may.
    IF pg_trigger_depth() > 1 THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
        USING ERRCODE = 'NH001', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
""",
    language="plpgsql",
    volatility="VOLATILE",
    parallel="UNSAFE",
)

DURATION = Function(
    "set_duration",
    "",
    "trigger",
    """
BEGIN
    IF NEW.completed_at IS NOT NULL AND NEW.started_at IS NOT NULL THEN
        -- An integer of milliseconds ends after 24 days.
        NEW.duration_ms := least(2147483647,
            round(extract(epoch FROM NEW.completed_at - NEW.started_at) * 1000));
    END IF;
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
    REFUSE,
    DURATION,
    _current("workspace"),
    _current("organization"),
    _current("user"),
    *PARTITIONS,
)
