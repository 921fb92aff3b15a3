"""Enumerations of the analytics domain, native in the database under the same names."""

from __future__ import annotations

import enum


class Granularity(enum.StrEnum):
    """How long the periods of a roll-up are."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
