"""The workflows: of the form that GitHub reads, and every command in them is one that there is."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from neonhub.cli.commands import GROUPS, PROGRAM, TOP
from neonhub.cli.lazy import load

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))
CRON = {
    "backup": ["0 2 * * *"],
    "drift": ["0 */6 * * *"],
    "preflight": ["0 6 * * *"],
    "maintain": ["30 3 * * *"],
}
# Where a command may stand that is there as soon as the rest of the operations is.
NOT_YET: set[str] = set()
FROM_OUTSIDE = re.compile(r"\$\{\{\s*(inputs|github\.event|github\.head_ref|github\.ref_name)\b")


def read(path: Path) -> dict[str, Any]:
    # BaseLoader: YAML 1.1 takes the key `on` for true.
    made: dict[str, Any] = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)
    return made


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            yield path.stem, name, job


def steps(of: dict[str, Any]) -> list[dict[str, Any]]:
    """Of a job, or of an action."""
    made: list[dict[str, Any]] = of.get("steps") or of["runs"]["steps"]
    return made


def every_step() -> Iterator[tuple[str, dict[str, Any]]]:
    for workflow, _, job in jobs():
        yield from ((workflow, step) for step in steps(job))
    for path in ACTIONS:
        yield from ((path.parent.name, step) for step in steps(read(path)))


def calls() -> list[tuple[str, list[str]]]:
    """Each call of neonhub, in words; what the shell puts in is a word ``given``."""
    found = []
    for workflow, step in every_step():
        script = re.sub(r"\\\n", " ", step.get("run", ""))
        for call in re.findall(rf"(?<![\w./-]){PROGRAM} ([^\n|;&)>]*)", script):
            words = shlex.split(re.sub(r"\$\{?\w+\}?", "given", call))
            found.append((workflow, words))
    return found


@pytest.mark.parametrize(
    ("schema", "files"),
    [("vendor.github-workflows", WORKFLOWS), ("vendor.github-actions", ACTIONS)],
)
def test_they_are_of_the_schema(schema: str, files: list[Path]) -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    done = subprocess.run([*check, *map(str, files)], capture_output=True, text=True, check=False)
    assert files and done.returncode == 0, done.stdout


def test_every_operation_that_was_promised_has_one() -> None:
    promised = {"deploy", "backup", "restore", "drift", "diff", "preflight", "maintain", "ci"}
    assert promised <= {path.stem for path in WORKFLOWS}
    assert [words for name, words in calls() if name == "backup"][1][:2] == ["db", "verify"]
    assert all("--in-place" not in words for _, words in calls())


@pytest.mark.parametrize("name", CRON)
def test_they_run_when_they_should(name: str) -> None:
    on = read(ROOT / ".github" / "workflows" / f"{name}.yml")["on"]
    assert [each["cron"] for each in on["schedule"]] == CRON[name]


def test_what_runs_when() -> None:
    on = {path.stem: read(path)["on"] for path in WORKFLOWS}
    assert {name for name, when in on.items() if "pull_request" in when} == {"drift", "diff", "ci"}
    assert {name for name, when in on.items() if "schedule" in when} == set(CRON)
    assert on["deploy"]["push"]["tags"] == ["v*"]
    assert {"backup", "into"} < on["restore"]["workflow_dispatch"]["inputs"].keys()
    assert all("pull_request_target" not in when for when in on.values())


@pytest.mark.parametrize(("workflow", "words"), calls(), ids=str)
def test_every_call_is_a_command_with_options_that_it_has(workflow: str, words: list[str]) -> None:
    group = words[0] if words[0] in GROUPS else TOP
    rest = words if group == TOP else words[1:]
    entry = next((each for each in GROUPS[group].entries if each.name == rest[0]), None)
    if entry is None and " ".join(words[: 1 if group == TOP else 2]) in NOT_YET:
        pytest.skip(f"{workflow}: `{PROGRAM} {' '.join(words)}` is not there yet")
    assert entry is not None, f"{workflow}: there is no `{PROGRAM} {' '.join(words)}`"
    load(group, entry).make_context(rest[0], rest[1:])  # raises where it does not fit


def test_actions_are_pinned_by_commit() -> None:
    used = {step["uses"] for _, step in every_step() if "uses" in step}
    assert any(each.startswith("./") for each in used)
    for each in used:
        assert each.startswith("./") or re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", each), each
    for path in [*WORKFLOWS, *ACTIONS]:
        for line in path.read_text("utf-8").splitlines():
            if "uses: actions/" in line:
                assert re.search(r" # v\d+\.\d+\.\d+$", line), line


def test_nothing_from_outside_is_written_into_a_script() -> None:
    scripts = [step.get("run", "") for _, step in every_step()]
    assert [script for script in scripts if "${{" in script] == []
    assert FROM_OUTSIDE.search('run: echo "${{ github.event.pull_request.title }}"')  # the control


def test_jobs_have_bounds_and_the_least_rights() -> None:
    for path in WORKFLOWS:
        made = read(path)
        assert made["permissions"] == {}, path.name
        assert made["concurrency"]["group"], path.name
        assert made["defaults"]["run"]["shell"] == "bash", path.name  # with pipefail
    for workflow, name, job in jobs():
        assert job["permissions"] == {"contents": "read"}, (workflow, name)
        assert 0 < int(job["timeout-minutes"]) <= 180, (workflow, name)


def test_what_a_pull_request_runs_gets_no_secret() -> None:
    for path in WORKFLOWS:
        if "pull_request" not in read(path)["on"]:
            continue
        for name, job in read(path)["jobs"].items():
            guarded = job.get("if") == "github.event_name != 'pull_request'"
            text = str(job)
            assert guarded or ("secrets." not in text and "environment" not in job), (path, name)


def test_secrets_reach_a_job_by_name_and_only_what_it_needs() -> None:
    for workflow, _, job in jobs():
        assert "secrets" not in str(job.get("steps"))
        for name, value in job.get("env", {}).items():
            if "secrets." in value:
                assert value == f"${{{{ secrets.{name} }}}}", (workflow, name)


def test_whoever_works_on_a_live_database_makes_sure_that_there_is_one() -> None:
    """Without DATABASE_URL a command serves itself an embedded server, and all would be well."""
    for workflow, name, job in jobs():
        if "environment" not in job:
            continue
        needs = next(
            step["with"]["needs"].split()
            for step in steps(job)
            if step.get("uses") == "./.github/actions/setup"
        )
        assert "DATABASE_URL" in needs, (workflow, name)
        assert set(needs) <= job["env"].keys(), (workflow, name)


@pytest.mark.parametrize(("given", "code"), [("postgresql://x", 0), ("", 1), (None, 1)])
def test_a_variable_that_is_not_set_ends_the_job(given: str | None, code: int) -> None:
    script = steps(read(ACTIONS[0]))[0]["run"]
    said = {} if given is None else {"DATABASE_URL": given}
    env = {"PATH": os.environ["PATH"], "NEEDS": "PATH DATABASE_URL"} | said
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    done = subprocess.run(shell, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert ("::error::DATABASE_URL is not set" in done.stderr) is bool(code)


def test_the_base_of_a_pull_request_is_found() -> None:
    """The revision that the diff begins from, by its own script, on this very history."""
    script = next(s["run"] for name, s in every_step() if name == "diff" and "ls-tree" in str(s))
    asks = script.replace(f"{PROGRAM} db migrate --revision", "echo").replace("HEAD^1", "HEAD")
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", asks],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and "not a git repository" in done.stderr:
        pytest.skip("this is no clone")
    from neonhub.ops.migrate import revisions

    assert done.stdout.strip() in revisions(), done.stderr
