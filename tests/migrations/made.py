"""A copy of the migrations with more behind them, as somebody may write them."""

from __future__ import annotations

import shutil
from pathlib import Path

from neonhub.ops import migrate

TEXT = '''"""{name}."""

from alembic import op

revision = {name!r}
down_revision = {before!r}
branch_labels = None
depends_on = None
{extra}

def upgrade() -> None:
{up}


def downgrade() -> None:
{down}
'''


class History:
    """A folder of migrations; the time in a name is made from its place."""

    def __init__(self, folder: Path):
        self.folder = Path(shutil.copytree(migrate.MIGRATIONS, folder))
        self.names: list[str] = []
        self._before = migrate.head()

    def add(self, name: str, *statements: str, down: str = "pass", online: bool = False) -> str:
        """A migration that runs ``statements``; a line each, from line 12 on."""
        revision = f"209901010000{len(self.names):02}_{name}"
        run = [f"    op.execute({sql!r})" for sql in statements]
        if online:
            block = "    with op.get_context().autocommit_block():"
            run = [block, *(f"    {line}" for line in run)]
        text = TEXT.format(
            name=revision,
            before=self._before,
            extra="online_only = True\n" if online else "",
            up="\n".join(run) or "    pass",
            down=f"    {down}",
        )
        (self.folder / "versions" / f"{revision}.py").write_text(text)
        self.names.append(revision)
        self._before = revision
        return revision

    def risk(self, text: str) -> None:
        """Add to what the history says of its risks."""
        with (self.folder / "MIGRATION_RISK.md").open("a") as file:
            file.write(f"\n{text}\n")
