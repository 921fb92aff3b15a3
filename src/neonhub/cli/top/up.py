from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.cli.console import message

if TYPE_CHECKING:
    from neonhub.ops.bootstrap import Ready


def command() -> None:
    """Start the database and the API."""
    from neonhub.api.serve import serve
    from neonhub.settings import get_settings

    serve(get_settings(), say=message, notify=message, ready=_where_to_go)


def _where_to_go(ready: Ready, url: str, seconds: float) -> None:
    database = "embedded" if ready.embedded is not None else "DATABASE_URL"
    print(_NEXT.format(seconds=seconds, url=url, database=database), flush=True)


_NEXT = """
NeonHub is up after {seconds:.1f} s. Ctrl-C ends it.

  API         {url}/api
  reference   {url}/docs
  ready?      {url}/api/readyz
  database    {database}: `neonhub db psql`, or `neonhub db url` for other clients

In another terminal:

  neonhub ingest docs/ --dataset handbook
  neonhub search "quiet hours for SMS" --dataset handbook
  neonhub keys create --name laptop       # for the API: Authorization: Bearer neon_...
"""
