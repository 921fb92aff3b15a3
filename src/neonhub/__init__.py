"""NeonHub's data platform: typed, tenant-safe data on PostgreSQL with pgvector.

``NeonHub`` is the way in::

    async with NeonHub() as hub, hub.workspace("primary") as ws:
        hits = await ws.knowledge.search("quiet hours for SMS", dataset="handbook")
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neonhub.hub import NeonHub

__version__ = "0.1.0"
__all__ = ["NeonHub", "__version__"]


def __getattr__(name: str) -> Any:
    # Only on use: the command line imports this package too, and the hub brings the database in.
    if name == "NeonHub":
        from neonhub.hub import NeonHub

        return NeonHub
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
