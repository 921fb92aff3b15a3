"""Fill a database: the baseline here; the demo and rows to measure by in ``ops.seeding``."""

from __future__ import annotations

from neonhub.ops.seeding.baseline import seed
from neonhub.ops.seeding.run import BaselineBlocked, SeedReport

__all__ = ["BaselineBlocked", "SeedReport", "seed"]
