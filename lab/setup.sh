#!/usr/bin/env bash
# Everything that the other targets need, on a bare Debian 12; quick when it is there already.
#   lab/setup.sh            system packages, Python environment, all components
#   lab/setup.sh --lab      without components: the lab builds those that it needs (with Docker only one)
#   lab/setup.sh --tools    only the Python environment: enough for the linters
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '  %-52s %6s s\n' "$1" "$2"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

system_packages() {
    local started=$SECONDS name tag missing=()
    command -v dpkg-query >/dev/null || return 0
    docker info >/dev/null 2>&1 && local has_docker=yes
    while read -r name tag; do
        case "$name" in '' | '#'*) continue ;; esac
        [ "$tag" = engine ] && [ "${has_docker:-no}" = yes ] && continue
        dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
    done <lab/packages.txt
    [ "${#missing[@]}" -gt 0 ] || return 0
    local command=(apt-get install -y --no-install-recommends "${missing[@]}")
    [ "$(id -u)" = 0 ] || fail "missing system packages: ${missing[*]}. Install them: sudo ${command[*]}"
    export DEBIAN_FRONTEND=noninteractive
    local log
    log=$(mktemp)
    "${command[@]}" >"$log" 2>&1 \
        || { apt-get update >"$log" 2>&1 && "${command[@]}" >>"$log" 2>&1; } \
        || fail "apt failed: $(tail -n 5 "$log"). Try: apt-get update && ${command[*]}"
    rm -f "$log"
    say "system packages: ${missing[*]}" $((SECONDS - started))
}

# The first Python that really runs and is new enough: a shim of that name may lie on PATH and fail.
find_python() {
    local home candidate
    home=$(getent passwd "$(id -u)" | cut -d: -f6)
    for candidate in python3.14 python3.13 python3.12 python3 \
        "${HOME:-/nonexistent}"/.pyenv/versions/*/bin/python3 "$home"/.pyenv/versions/*/bin/python3; do
        candidate=$(command -v "$candidate" 2>/dev/null) || continue
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "no Python 3.12 or newer runs here (tried python3.14 … python3 and ~/.pyenv/versions). Debian 12's own is 3.11." \
        "Install one, for instance with pyenv: pyenv install 3.13"
}

python_environment() {
    local started=$SECONDS wanted python
    wanted=$(cat requirements/control.txt requirements/develop.txt | sha256sum)
    if [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null && [ "$(cat .venv/.stamp 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
        python=$(find_python)
        "$python" -m venv --clear .venv
    fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements/develop.txt \
        || fail "pip could not install requirements/develop.txt; its message above names the package"
    echo "$wanted" >.venv/.stamp
    say "Python environment .venv ($(.venv/bin/python -V))" $((SECONDS - started))
}

# A plain checkout is found as the collection replatform.aws.
collection_link() {
    local place=.ansible/collections/ansible_collections/replatform
    mkdir -p "$place"
    ln -sfn ../../../.. "$place/aws"
}

# ansible-test downloads a script that brings pip into its virtual environments; Python brings pip itself.
ansible_test_bootstrap() {
    local place="$HOME/.ansible/test/cache/get_pip_25_2.py"
    [ -e "$place" ] && return
    mkdir -p "${place%/*}"
    printf 'import ensurepip\nensurepip.bootstrap(default_pip=True)\n' >"$place"
}

part=${1:-}
[ "$part" = --tools ] || system_packages
python_environment
collection_link
ansible_test_bootstrap
[ -n "$part" ] || .venv/bin/python -m lab.components --quiet
