#!/usr/bin/env bash
# Resolves pyproject.toml into requirements/*.txt: every Python and platform that the project
# supports, with hashes. `make lock ARGS=--upgrade` takes newer versions; without it, what still
# fits stays. Called by `make lock`.
set -euo pipefail
cd "$(dirname "$0")/.."

# Always from PyPI and from no folder of this machine, so that two machines write the same file.
unset UV_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_DEFAULT_INDEX UV_FIND_LINKS UV_CONFIG_FILE
if [ -s /etc/ssl/certs/ca-certificates.crt ]; then export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS-true}; fi

upgrade=("$@")

compile() {
  local output=$1
  shift
  .venv/bin/uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --default-index https://pypi.org/simple --custom-compile-command "make lock" \
    --output-file "requirements/$output.txt" ${upgrade[@]+"${upgrade[@]}"} "$@"
}

compile bootstrap --group bootstrap
compile runtime pyproject.toml
compile dev pyproject.toml --extra ops --group dev --constraint requirements/runtime.txt
compile ops pyproject.toml --extra ops --constraint requirements/dev.txt # what the image is made of
printf 'Locked: %s packages at run time, %s with the tools.\n' \
  "$(grep -c '^[a-z0-9].*==' requirements/runtime.txt)" "$(grep -c '^[a-z0-9].*==' requirements/dev.txt)"
