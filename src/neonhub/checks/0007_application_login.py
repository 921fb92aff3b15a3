"""The login of the application is bound by row security, whatever it says in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.checks import CannotTell, Fault

if TYPE_CHECKING:
    from neonhub.checks import Look

TITLE = "The application's login is no administrator"
SEVERITY = "must"
REMEDY = (
    "Let the application log in as neonhub_app: `neonhub db roles --rotate app` prints the URL. "
    "As an administrator it takes the role for each transaction, which SQL that is smuggled in "
    "takes off again."
)

_WHO = """
SELECT session_user::text, concat_ws(' and ', CASE WHEN rolsuper THEN 'is a superuser' END,
                               CASE WHEN rolbypassrls THEN 'bypasses row security' END,
                               CASE WHEN rolcreaterole THEN 'makes roles' END)
  FROM pg_roles WHERE rolname = session_user
"""


def faults(look: Look) -> list[Fault]:
    """Connect by DATABASE_URL; the embedded server's application is neonhub_app by itself."""
    import psycopg

    from neonhub.settings_values import split_prisma_parameters

    if look.settings.database_url is None:
        return []
    dsn = split_prisma_parameters(look.settings.database_url.get_secret_value())[0]
    try:
        with psycopg.connect(
            dsn, connect_timeout=5, autocommit=True, prepare_threshold=None
        ) as conn:
            row = conn.execute(_WHO).fetchone()
    except psycopg.OperationalError as error:
        raise CannotTell("DATABASE_URL does not connect") from error
    user, powers = row or ("", "")
    if not powers:
        return []
    return [Fault("DATABASE_URL", f"its login {user} {powers}", "neonhub db roles --rotate app")]
