"""Models, migrations and policies held against each other, in databases made for the purpose."""

from __future__ import annotations

import ast
import itertools
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neonhub.ops import migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["CHECKS", "Fault", "Validated", "validate"]

CHECKS = ("history", "checksums", "scripts", "run", "models", "isolation", "way back")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not agree: which check found it, what it is, how it is mended."""

    check: str
    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Validated:
    """What was found. ``left_out`` are checks for which there was nothing to look at: migrations
    that cannot be run make no schema to compare."""

    migrations: int
    faults: list[Fault]
    left_out: list[str]


def validate(dsn: str, notify: Callable[[str], None] = lambda _line: None) -> Validated:
    """Validate what is installed here, on the server of ``dsn``, in no database that is there.

    ``dsn`` is an administrator's, of a server that has the roles. Raises ``NoShadow``.
    """
    notify("Reading the migrations.")
    faults = [*_history(), *_checksums()]
    if faults:
        return Validated(_count(), faults, [*CHECKS[2:]])
    faults = [*_scripts(), *_written_back()]
    notify("Running them, forward and back.")
    ran = list(_run(dsn))
    left = [] if not any(each.check == "run" for each in ran) else ["models", "isolation"]
    return Validated(_count(), faults + ran, left)


def _count() -> int:
    return len(migrate.revisions())


def _history() -> Iterator[Fault]:
    """One line, in the order of its names; each file named as its migration."""
    from alembic.script import ScriptDirectory

    mend = "Each migration follows one other: set its down_revision."
    known = migrate.revisions()
    if not known:
        yield Fault("history", f"There are no migrations in {migrate.MIGRATIONS}.", "Install them.")
        return
    try:
        with warnings.catch_warnings():
            # Of a migration that follows none that is there Alembic only warns.
            warnings.simplefilter("error", UserWarning)
            scripts = list(ScriptDirectory(str(migrate.MIGRATIONS)).walk_revisions())
    except Exception as error:  # whatever a file of Python raises when it is read
        words = " ".join(str(error).split())
        yield Fault("history", f"The migrations cannot be read: {words}.", mend)
        return
    heads = [each.revision for each in scripts if each.is_head]
    if len(heads) != 1:
        words = f"History ends in {len(heads)} migrations: {', '.join(sorted(heads))}."
        yield Fault("history", words, mend)
    for each in scripts:
        name = each.path.rpartition("/")[2]
        if name != f"{each.revision}.py":
            rename = f"Call it {each.revision}.py."
            yield Fault("history", f"{name} is the migration {each.revision}.", rename)
    line = [each.revision for each in reversed(scripts)]
    unsorted = [(a, b) for a, b in itertools.pairwise(line) if b <= a]
    for before, after in unsorted:
        words = f"{after} follows {before} and sorts before it: it would run too early."
        yield Fault("history", words, "Give it a later time in its name, in its revision too.")
    for name in sorted(set(line) - set(known)):
        form = "Name it by its time, YYYYMMDDHHMMSS_what_it_does."
        yield Fault("history", f"{name} is not named as a migration and would not be run.", form)


def _checksums() -> Iterator[Fault]:
    for revision in migrate.revisions():
        path = migrate.source(revision)
        try:
            migrate.checksum(revision)
            path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            words = f"{path.name} cannot be read: {error}."
            yield Fault("checksums", words, "Its owner and mode; its text is UTF-8.")


def _scripts() -> Iterator[Fault]:
    """Kept scripts say what their migrations say; none is left of a migration that is gone."""
    from neonhub.ops import scripts

    mend = "Run `python -m neonhub.ops.scripts`."
    known = migrate.revisions()
    for revision in known:
        try:
            rendered = scripts.render(revision)
        except Exception as error:
            words = " ".join(f"{type(error).__name__}: {error}".split())
            what = f"{revision} cannot be written as SQL: {words}."
            yield Fault("scripts", what, "If it has to look at rows it says online_only = True.")
            continue
        path = migrate.source(revision).with_suffix(".sql")
        if rendered is None and path.exists():
            yield Fault("scripts", f"{path.name} is kept, and {revision} runs online only.", mend)
        elif rendered is not None and scripts.kept(revision) != rendered:
            state = "is not what its migration says" if path.exists() else "is missing"
            yield Fault("scripts", f"The script {path.name} {state}.", mend)
    for path in sorted((migrate.MIGRATIONS / "versions").glob("*.sql")):
        if path.stem not in known:
            yield Fault("scripts", f"{path.name} has no migration.", "Delete it.")


def _written_back() -> Iterator[Fault]:
    """Each migration says how it is taken back."""
    for revision in migrate.revisions():
        tree = ast.parse(migrate.source(revision).read_text("utf-8"))
        found = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "downgrade"]
        says = found[0].body if found else []
        empty = all(_says_nothing(each) for each in says)
        upgrade = next(
            (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "upgrade"), None
        )
        if empty and not (upgrade and all(_says_nothing(each) for each in upgrade.body)):
            words = f"{revision} has no way back: its downgrade() does nothing."
            yield Fault("way back", words, "Write what takes it back.")


def _says_nothing(node: ast.stmt) -> bool:
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return constant or isinstance(node, (ast.Pass, ast.Raise))


def _run(dsn: str) -> Iterator[Fault]:
    """The migrations make what the models say, and each is taken back without a trace."""
    from neonhub.db.errors import NeonHubError
    from neonhub.ops.shadow import beside

    with beside(dsn) as made:
        done = None
        try:
            steps = migrate.migrate(made)
            done = steps[-1].revision if steps else None
        except NeonHubError as error:
            at = migrate.current(made)
            failed = next(r for r in migrate.revisions() if at is None or r > at)
            words = f"{failed} cannot be run: {error}"
            yield Fault("run", words, "Run it with `neonhub db migrate` on a scratch database.")
        except Exception as error:
            words = f"The migrations cannot be run: {type(error).__name__}: {error}"
            yield Fault("run", words, "Mend the migration.")
        if done is None:
            return
        yield from _models(dsn, made)
        yield from _isolation(made)
        yield from _taken_back(made)


def _models(dsn: str, made: str) -> Iterator[Fault]:
    from neonhub.ops.drift import held_against
    from neonhub.ops.drift.catalogue import read
    from neonhub.ops.prepare import connected
    from neonhub.ops.shadow import modelled

    mend = "Write a migration (migrate.revise), or change the model."
    told = migrate.differences(made)
    yield from (Fault("models", f"The migrations and the models: {each}.", mend) for each in told)
    if told:
        return  # the same again, in other words
    with connected(made) as conn:
        have = read(conn)
    with modelled(dsn) as declared, connected(declared) as conn:
        found = held_against(read(conn), have, None)
    for each in found.findings:
        words = f"{each.name} {each.object}: the models make {_short(each.expected)}, the "
        words += f"migrations {_short(each.found)}."
        yield Fault("models", words, "; ".join(each.sql[:3]) or mend)


def _short(value: object) -> str:
    text = " ".join(str(value).split()) if value is not None else "none"
    return text if len(text) <= 120 else f"{text[:120]}…"


def _isolation(made: str) -> Iterator[Fault]:
    from neonhub.ops import isolation
    from neonhub.ops.prepare import connected

    mend = "What guards a table follows from its scope: docs/howto/add-a-table.md."
    with connected(made) as conn:
        for each in [*isolation.faults(conn), *isolation.strangers(conn)]:
            yield Fault("isolation", each, mend)


def _taken_back(made: str) -> Iterator[Fault]:
    """Down step by step to nothing; what a step leaves is told by the step that it is of."""
    from neonhub.db.errors import NeonHubError
    from neonhub.ops.drift import held_against
    from neonhub.ops.drift.catalogue import read
    from neonhub.ops.prepare import connected

    last = migrate.head()
    before = ["base", *migrate.revisions()][-2]
    with connected(made) as conn:
        try:
            migrate.downgrade(made, revision=before)
            taken = read(conn)
            migrate.downgrade(made, revision="base")
        except (NeonHubError, NotImplementedError, AttributeError, TypeError) as error:
            at = migrate.current(made) or "the first"
            words = f"{at} cannot be taken back: {error}"
            yield Fault("way back", words, "Mend its downgrade().")
            return
        if before != "base":
            migrate.migrate(made, revision=before)
            left = held_against(read(conn), taken, None).findings
            for each in left:
                words = f"{last}, taken back, leaves {each.name} {each.object}."
                yield Fault("way back", words, "Mend its downgrade().")
