"""People, by what they are known, what they agreed to and what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.ops.seeding.scale.stream import Clock, Stream, mix, skewed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neonhub.ops.seeding.scale.tenants import Tenant

__all__ = ["PEOPLE", "STREAMS", "email_of"]

PEOPLE, EVENTS = 500, 3000

_FIRST = "Ada Bruno Carla Dmitri Elena Farid Greta Hugo Ines Jonas Kira Luis Mina Noah".split()
_LAST = "Alvarez Berg Castillo Dunn Eriksen Fontaine Gruber Hayes Ito Jansen Kowalski".split()
_KINDS = (
    ("email", "email_open"),
    ("email", "email_click"),
    ("web", "page_view"),
    ("web", "page_view"),
    ("web", "form_submit"),
    ("sms", "sms_sent"),
    ("social", "social_click"),
)


def email_of(tenant: Tenant, person: int) -> str:
    """The address of a tenant's person."""
    first, last = _FIRST[person % len(_FIRST)], _LAST[person % len(_LAST)]
    return f"{first}.{last}.{person}@t{tenant.number}.example".lower()


def _people(tenant: Tenant, clock: Clock) -> Iterator[str]:
    ids, here = tenant.prefix("pe"), tenant.workspace_id
    for n in range(tenant.many(PEOPLE)):
        first, last = _FIRST[n % len(_FIRST)], _LAST[n % len(_LAST)]
        seen = clock.at(mix(n, 1))
        name = f"{first} {last}\t{first}\t{last}"
        mirror = f"{email_of(tenant, n)}\t+1{tenant.number:05d}{n:06d}"
        yield f"{ids}{n:011d}\t{here}\tcrm-{n}\t{name}\t{mirror}\t{seen}"


def _identities(tenant: Tenant, _clock: Clock) -> Iterator[str]:
    ids, here, people = tenant.prefix("id"), tenant.workspace_id, tenant.prefix("pe")
    for n in range(tenant.many(PEOPLE)):
        person = f"{here}\t{people}{n:011d}"
        yield f"{ids}{2 * n:011d}\t{person}\temail\t{email_of(tenant, n)}\temail\tt\tt"
        yield f"{ids}{2 * n + 1:011d}\t{person}\tphone\t+1{tenant.number:05d}{n:06d}\tsms\tf\tt"


def _consents(tenant: Tenant, clock: Clock) -> Iterator[str]:
    ids, here, people = tenant.prefix("co"), tenant.workspace_id, tenant.prefix("pe")
    for n in range(tenant.many(PEOPLE)):
        status = ("granted", "granted", "granted", "denied", "revoked")[mix(n, 2) % 5]
        key = f"{ids}{n:011d}\t{here}\t{people}{n:011d}"
        yield f"{key}\temail\t{status}\tform\t{clock.at(mix(n, 3))}"


def _events(tenant: Tenant, clock: Clock) -> Iterator[str]:
    ids, here, people = tenant.prefix("ev"), tenant.workspace_id, tenant.prefix("pe")
    many, span = tenant.many(PEOPLE), tenant.many(EVENTS)
    for n in range(span):
        channel, kind = _KINDS[mix(n, 2) % len(_KINDS)]
        when = clock.at(n * 43_200 // span, n % 60)
        key = f"{ids}{n:011d}\t{here}\t{people}{skewed(n, many):011d}"
        payload = f'{{"page": "/p/{mix(n, 3) % 40}", "seconds": {mix(n, 1) % 240}}}'
        yield f"{key}\t{channel}\t{kind}\tweb\t{payload}\t{when}\t{when}\tscale-{n}"


STREAMS = (
    Stream(
        "people",
        (
            "id",
            "workspace_id",
            "external_id",
            "display_name",
            "first_name",
            "last_name",
            "primary_email",
            "primary_phone",
            "last_seen_at",
        ),
        _people,
    ),
    Stream(
        "person_identities",
        ("id", "workspace_id", "person_id", "type", "value", "channel", "verified", "is_primary"),
        _identities,
    ),
    Stream(
        "person_consents",
        ("id", "workspace_id", "person_id", "channel", "status", "source", "collected_at"),
        _consents,
    ),
    Stream(
        "events",
        (
            "id",
            "workspace_id",
            "person_id",
            "channel",
            "type",
            "source",
            "payload",
            "occurred_at",
            "created_at",
            "dedupe_key",
        ),
        _events,
    ),
)
