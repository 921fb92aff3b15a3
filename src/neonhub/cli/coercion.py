"""Plain parameters read without Pydantic.

Typer reads every parameter through a Pydantic adapter, and importing what builds those costs
some 0.2 s: half of what a command may add. Text, switches, whole and decimal numbers and paths,
which are nearly all of our parameters, need none of it. Anything else is left to Typer.

Typer asks a parameter for its reader once and keeps it in ``_runtime_param``: that one attribute
is set here. Should a later Typer keep it elsewhere, parameters are read by Typer again, correctly
and slower, and ``tests/cli/test_startup.py`` says so.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

import typer
from typer.core import TyperArgument, TyperOption

if TYPE_CHECKING:
    from collections.abc import Callable

_SORTS: dict[type, str] = {int: "whole number", float: "number"}
_SWITCH = {"1": True, "true": True, "yes": True, "on": True}
_SWITCH |= {"": False, "0": False, "false": False, "no": False, "off": False}


def lighten(parameters: list[Any]) -> list[Any]:
    """Give the plain ones of a command's parameters a reader that needs no Pydantic."""
    for parameter in parameters:
        if isinstance(parameter, TyperOption | TyperArgument) and not parameter._runtime_param:
            parameter._runtime_param = _reader_for(parameter.type_descriptor)
    return parameters


def _reader_for(descriptor: Any) -> Any:
    info, annotation = descriptor.parameter_info, descriptor.annotation
    if info.parser is not None or info.clamp:
        return None
    if get_origin(annotation) is list:
        (annotation,) = get_args(annotation)
    if annotation is str:
        return _Reader(str)
    if annotation is Path and _accepts_any_path(info):
        return _Reader(_path)
    if annotation is bool:
        return _Reader(_switch)
    if annotation in _SORTS:
        return _Reader(lambda text: _number(annotation, text, info.min, info.max))
    return None


def _accepts_any_path(info: Any) -> bool:
    """No check is asked for beyond Typer's default, that an existing path be readable.

    That one is left out: whoever opens the path reports it, and goes on with the others.
    """
    asked = info.exists or info.writable or info.resolve_path or info.allow_dash or info.path_type
    return not asked and info.file_okay and info.dir_okay


def _path(text: str | Path) -> Path:
    if text == "":  # Path("") is the working directory
        raise typer.BadParameter("a path is empty; an unset variable?")
    return Path(text)


def _switch(value: bool | str) -> bool:
    if isinstance(value, bool):
        return value
    try:
        return _SWITCH[value.strip().lower()]  # from an environment variable
    except KeyError:
        raise typer.BadParameter(f"{value!r} is neither true nor false.") from None


def _number(
    kind: Callable[[str], float], text: str, least: float | None, most: float | None
) -> float:
    try:
        number = kind(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a {_SORTS[kind]}.") from None  # type: ignore[index]
    if not math.isfinite(number):
        raise typer.BadParameter(f"{text!r} is not a finite number.")
    if not (least is None or number >= least) or not (most is None or number <= most):
        bounds = [f"at least {least}"] if least is not None else []
        bounds += [f"at most {most}"] if most is not None else []
        raise typer.BadParameter(f"{text} is out of range: {' and '.join(bounds)}.")
    return number


class _Reader:
    """What Typer asks to turn the words of the command line into a parameter's value."""

    def __init__(self, convert: Callable[[Any], Any]) -> None:
        self.convert = convert

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """One value, or one for each word where the parameter takes several."""
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        try:
            return [self.convert(item) for item in value] if several else self.convert(value)
        except typer.BadParameter as error:
            raise typer.BadParameter(error.message, ctx=ctx, param=param) from None
