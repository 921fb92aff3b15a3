"""Every statement of the people domain."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.lazy import lazy_module
from neonhub.db.statements import statement, text_arg

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.domains.people import tables as t
else:
    sa = lazy_module("sqlalchemy")
    t = lazy_module("neonhub.domains.people.tables")


class Identity(NamedTuple):
    """An address, number or handle, as the arrays of ``PersonRow`` hold it."""

    id: str
    type: str
    value: str
    channel: str | None
    source: str | None
    verified: bool
    verified_at: dt.datetime | None
    is_primary: bool


class Consent(NamedTuple):
    """An answer to being asked, as the arrays of ``PersonRow`` hold it."""

    id: str
    channel: str
    scope: str
    status: str
    source: str | None
    campaign_id: str | None
    collected_at: dt.datetime
    expires_at: dt.datetime | None


class PersonRow(NamedTuple):
    """A person with identities and consents: arrays in the order of the fields above."""

    id: str
    external_id: str | None
    display_name: str | None
    first_name: str | None
    last_name: str | None
    primary_email: str | None
    primary_phone: str | None
    primary_handle: str | None
    locale: str
    timezone: str
    persona_tags: list[str]
    attributes: dict[str, Any] | None
    last_seen_at: dt.datetime | None
    merged_into_id: str | None
    created_at: dt.datetime
    updated_at: dt.datetime
    identities: list[list[Any]]
    consents: list[list[Any]]


def _texts(name: str) -> Any:
    from sqlalchemy.dialects.postgresql import ARRAY

    return sa.bindparam(name, type_=ARRAY(sa.Text()))


def _wanted() -> Any:
    """The identities asked for: type, folded value, and the place in which they were given.

    Folded as the column is, by the database: its small letters are not Python's in every script.
    Materialized, because ``lower`` is not leakproof: within the comparison it would keep row
    security from the index, and the tenant's every identity would be read.
    """
    asked = sa.func.unnest(_texts("types"), _texts("values"))
    given = asked.table_valued("type", "value", with_ordinality="place", name="given")
    given = given.render_derived()
    folded = sa.func.lower(given.c.value).label("folded")
    each = sa.select(sa.cast(given.c.type, sa.Text()).label("type"), folded, given.c.place)
    return each.cte("wanted").prefix_with("MATERIALIZED")


def _found() -> Any:
    """The person of the first identity that a live one has.

    Each identity is looked up by itself: a join would be planned for the middling tenant, and of
    a large one read every identity.
    """
    i, p, wanted = t.Identity, t.Person, _wanted()
    known = (
        sa.select(i.person_id)
        .where(
            i.workspace_id == text_arg("workspace_id"),
            i.type == wanted.c.type,
            i.value_folded == wanted.c.folded,
        )
        .limit(1)
        .lateral("known")
    )
    person = (
        sa.select(p)
        .where(
            p.workspace_id == text_arg("workspace_id"),
            p.id == known.c.person_id,
            p.deleted_at.is_(None),
        )
        .limit(1)
        .lateral("person")
    )
    return (
        sa.select(person)
        .select_from(wanted.join(known, sa.true()).join(person, sa.true()))
        .order_by(wanted.c.place)
        .limit(1)
        .subquery("found")
    )


def _gathered(table: Any, person: Any, columns: tuple[Any, ...], order: Any, name: str) -> Any:
    """A person's rows of ``table`` as one array of arrays."""
    from sqlalchemy.dialects.postgresql import aggregate_order_by

    each = sa.func.json_build_array(*columns)
    rows = sa.func.json_agg(aggregate_order_by(each, *order))
    return (
        sa.select(sa.func.coalesce(rows, sa.literal_column("'[]'::json")).label("all"))
        .where(table.workspace_id == text_arg("workspace_id"), table.person_id == person.c.id)
        .lateral(name)
    )


@statement(PersonRow)
def find_person() -> Any:
    """The live person who is known by one of those identities, the first that fits."""
    i, c, found = t.Identity, t.Consent, _found()
    known_by = (i.id, i.type, i.value, i.channel, i.source, i.verified, i.verified_at, i.is_primary)
    answered = (c.id, c.channel, c.scope, c.status, c.source, c.campaign_id, c.collected_at)
    identities = _gathered(i, found, known_by, (i.type, i.value_folded), "identities")
    consents = _gathered(
        c, found, (*answered, c.expires_at), (c.collected_at.desc(), c.id.desc()), "consents"
    )
    return (
        sa.select(
            *(found.c[name] for name in PersonRow._fields[:-2]),
            identities.c.all.label("identities"),
            consents.c.all.label("consents"),
        )
        .select_from(found)
        .join(identities, sa.true())
        .join(consents, sa.true())
    )
