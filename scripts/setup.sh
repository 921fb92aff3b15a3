#!/usr/bin/env bash
# Makes .venv from the hashed locks and puts the package with its command into it.
# Called by `make setup`. Needs bash, a Python from 3.11 to 3.13, and a package index.
set -euo pipefail
cd "$(dirname "$0")/.."

# What a caller's shell may carry must not decide what is installed here. Index addresses stay:
# a company's mirror is a reason to set them, and the hashes hold for whatever it serves.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV CONDA_PREFIX UV_PROJECT_ENVIRONMENT PIP_TARGET PIP_PREFIX
unset UV_PYTHON UV_OFFLINE UV_NO_INDEX PIP_REQUIRE_VIRTUALENV
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() { printf '%s\n' "$*" >&2; }

usable() { # a Python in range that can make a virtual environment with pip in it
  "$1" -I -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null &&
    { "$1" -I -c 'import ensurepip, venv' 2>/dev/null || { no_venv=$1; return 1; }; }
}

find_python() {
  no_venv=
  for python in python3 python3.13 python3.12 python3.11 python; do
    if usable "$python"; then return 0; fi
  done
  if [ -n "$no_venv" ]; then
    say "make setup: $no_venv cannot make virtual environments: its 'venv' or 'ensurepip' module is missing."
    say "On Debian and Ubuntu: apt-get install python3-venv"
  else
    say "make setup: no Python from 3.11 to 3.13 found (tried python3, python3.13, python3.12, python3.11, python)."
    say "Install one, from https://www.python.org/downloads/ or your system's packages, and try again."
  fi
  return 1
}

# Behind a proxy that re-signs TLS, only the system's store knows its authority; pip before 24.2 and
# uv bring their own stores and would refuse it.
trust_system_certificates() {
  local bundle configured
  configured=$(.venv/bin/python -I -m pip config list)
  for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    [ -s "$bundle" ] || continue
    : "${UV_SYSTEM_CERTS=true}"
    export UV_SYSTEM_CERTS
    [[ $configured == *.cert=* ]] || export PIP_CERT=$bundle
    return 0
  done
}

pip_install() { .venv/bin/python -I -m pip install --quiet "$@"; }

install_with_uv() {
  local uv=.venv/bin/uv
  pip_install --require-hashes -r requirements/bootstrap.txt && "$uv" --version >/dev/null || return 1
  "$uv" pip sync --quiet --compile-bytecode --python .venv/bin/python --require-hashes requirements/dev.txt || return 1
  "$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
}

install_with_pip() {
  pip_install --require-hashes -r requirements/dev.txt
  pip_install --no-deps --no-build-isolation --editable .
}

if ! usable .venv/bin/python || ! .venv/bin/python -I -m pip --version >/dev/null 2>&1; then
  find_python
  say "Making .venv with $("$python" --version) ..."
  "$python" -I -m venv --clear .venv
fi
trust_system_certificates
say "Installing the locked packages ..."
if ! install_with_uv; then
  say "uv could not do it here (its reason is above); doing the same with pip, which takes longer."
  install_with_pip
fi
# A command must feel instant, and compiling on the way would double its start. Python would do it
# by itself, but not where PYTHONDONTWRITEBYTECODE is set, as it often is in containers.
env -u PYTHONDONTWRITEBYTECODE .venv/bin/python -I -m compileall -q src/neonhub
printf '%s\n' "$PWD" >.venv/.setup-done
say "Ready: .venv/bin/neonhub"
