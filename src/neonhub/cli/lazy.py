"""Groups of commands that import a command's module only when that command is asked for."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from neonhub.cli.coercion import lighten
from neonhub.cli.commands import GROUPS, PROGRAM, TOP, Entry, module_of, operation_of

# Typer would otherwise import Rich for help and usage errors: some 0.25 s, where
# `neonhub --help` may take 0.2 s in all.
_PLAIN_HELP = None
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class LazyGroup(TyperGroup):
    """A group that lists the table of commands and loads the one that is called.

    Help, suggestions for mistyped names and shell completion see placeholders, which know a name
    and a line of help. Every call, and every completion inside a command, goes through
    ``resolve_command``, which puts the real command in the placeholder's stead.
    """

    def __init__(self, *, name: str, commands: dict[str, Any], **attributes: Any) -> None:
        own = {entry.name: _Placeholder(name, entry) for entry in GROUPS[name].entries}
        super().__init__(name=name, commands=own | commands, **attributes)

    def get_params(self, ctx: Any) -> list[Any]:
        """The group's own options, ``--help`` among them."""
        return lighten(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the group's own options; without any argument, ask for help, which is no error."""
        if not args and not ctx.resilient_parsing:
            args = ["--help"]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The name, the command, loaded, and the arguments that are left for it."""
        name, command, rest = super().resolve_command(ctx, args)
        if isinstance(command, _Placeholder):
            command = load(command.group, command.entry)
        return name, command, rest


class _Command(TyperCommand):
    def get_params(self, ctx: Any) -> list[Any]:
        # Here rather than when the command is made: Typer adds --help at this point.
        return lighten(super().get_params(ctx))

    def invoke(self, ctx: Any) -> Any:
        """Run the command; where figures or traces are asked for, tell how it went."""
        name = operation_of(ctx.command_path)
        if name is None or not _asks_for_telemetry():
            return super().invoke(ctx)
        from neonhub.cli.console import message
        from neonhub.cli.errors import REFUSED
        from neonhub.ops.telemetry.commands import watching

        with watching(name, message) as told:
            try:
                return super().invoke(ctx)
            except typer.Exit as raised:  # an answer, and no error
                stop = raised
                if told is not None and stop.exit_code:
                    told.outcome = "bad" if stop.exit_code == REFUSED else "failed"
                    told.set(exit_code=stop.exit_code)
        raise stop


def _asks_for_telemetry() -> bool:
    """Whether anything may: asking the settings themselves is left to those who have some."""
    names = ("NEONHUB_METRICS_DIR", "OTEL_EXPORTER_OTLP_")
    return any(name.upper().startswith(names) for name in os.environ) or Path(".env").exists()


class _Placeholder(TyperCommand):
    def __init__(self, group: str, entry: Entry) -> None:
        super().__init__(
            entry.name, help=entry.help, hidden=entry.hidden, rich_markup_mode=_PLAIN_HELP
        )
        self.group = group
        self.entry = entry


def load(group: str, entry: Entry) -> TyperCommand:
    """Import one command's module and make a command of its function ``command``."""
    module = importlib.import_module(module_of(group, entry.name))
    app = typer.Typer(add_completion=False, rich_markup_mode=_PLAIN_HELP)
    context = _CONTEXT | getattr(module, "CONTEXT", {})
    make = app.command(entry.name, cls=_Command, hidden=entry.hidden, context_settings=context)
    make(module.command)
    command = typer.main.get_command(app)
    if not isinstance(command, TyperCommand):
        raise TypeError(f"{module.__name__}.command is not one command.")
    return command


def build() -> TyperGroup:
    """The whole command line, with no command imported."""
    app = typer.Typer(
        name=TOP,
        cls=LazyGroup,
        help=GROUPS[TOP].help,
        rich_markup_mode=_PLAIN_HELP,
        context_settings=_CONTEXT,
        callback=_options,
    )
    for name, group in GROUPS.items():
        if name != TOP:
            below = typer.Typer(cls=LazyGroup, context_settings=_CONTEXT)
            app.add_typer(below, name=name, help=group.help)
    command = typer.main.get_command(app)
    if not isinstance(command, TyperGroup):
        raise TypeError("The table of commands makes no group.")
    return command


def _print_version(wanted: bool) -> None:
    if wanted:
        from neonhub import __version__

        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    del version  # its callback has answered
