"""What rotation takes away of base backups, and what the next one is made from."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import orjson
import pytest

from neonhub.ops.backup.programs import run
from neonhub.ops.backup.rotation import Rule
from neonhub.ops.physical import base
from neonhub.ops.physical.base import (
    ABOUT,
    BASES,
    DATA,
    BasesBusy,
    NoBaseBackup,
    basebackup,
    bases,
    rotate,
)
from tests.cli import homes


def put(of: Path, day: int, parent: str | None = None) -> str:
    """Files that say of themselves what a base backup of that day would."""
    name = f"202601{day:02}T000000000000Z_{'incremental' if parent else 'full'}"
    (of / BASES / name / DATA).mkdir(parents=True)
    (of / BASES / name / DATA / "backup_label").write_text(f"START WAL ({day}) (file {day:024X})")
    about: dict[str, object] = {"name": name, "parent": parent, "system": "1", "version": "18.1"}
    about |= {"until": dt.datetime(2026, 1, day, tzinfo=dt.UTC), "seconds": 1.0, "size": 1}
    (of / BASES / name / ABOUT).write_bytes(orjson.dumps(about))
    return name


def test_one_that_cannot_be_recovered_takes_no_other_ones_place(tmp_path: Path) -> None:
    full = put(tmp_path, 2)
    broken = put(tmp_path, 3, put(tmp_path, 1)[:-1])
    onto = put(tmp_path, 4, broken)

    rotate(tmp_path, Rule(last=1))

    assert [each.name for each in bases(tmp_path)] == [full, broken, onto]
    assert base._parent(tmp_path, "1", "on").name == full


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    put(tmp_path, 1)
    put(tmp_path, 2)
    with base._alone(tmp_path), pytest.raises(BasesBusy):
        rotate(tmp_path, Rule(last=1))
    assert len(bases(tmp_path)) == 2
    assert len(rotate(tmp_path, Rule(last=1))) == 1


@pytest.mark.slow
def test_what_it_is_made_from_goes_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    with homes.made() as home:
        to = home.path / "server"
        home.json("db", "archive", "on", "--to", str(to))
        dsn = home.dsn()
        full = basebackup(dsn, to)

        def taken_away(*words: object, **more: object) -> None:
            run(*words, **more)  # type: ignore[arg-type]
            with pytest.raises(BasesBusy):
                basebackup(dsn, to, incremental=True)
            (to / BASES / full.name).rename(to / "elsewhere")

        monkeypatch.setattr(base, "run", taken_away)
        with pytest.raises(NoBaseBackup, match="was made from"):
            basebackup(dsn, to, incremental=True)
        assert bases(to) == []
