#!/usr/bin/env bash
# `make test` as a newcomer has it: a clean clone of what is committed, an empty HOME, an empty cache.
# There is one lab per machine (its ports are fixed), so a running one is stopped first.
set -euo pipefail
cd "$(dirname "$0")/.."
[ ! -x .venv/bin/python ] || .venv/bin/python -m lab down

place=$(mktemp -d "${TMPDIR:-/tmp}/replatform-cold-XXXXXX")
mkdir "$place/home"
git clone --quiet . "$place/checkout"
started=$SECONDS status=0
(
    unset XDG_CACHE_HOME VIRTUAL_ENV PYTHONPATH GOPATH GOCACHE GOMODCACHE
    export HOME="$place/home" REPLATFORM_CACHE="$place/cache" PIP_NO_CACHE_DIR=1
    # Java takes the home folder from the user database; Maven would find a filled repository there.
    export MAVEN_OPTS="-Duser.home=$place/home"
    cd "$place/checkout"
    make test || status=$?
    make clean || true
    exit "$status"
) || status=$?
printf 'test-cold: exit %d after %d min %02d s, in %s\n' "$status" $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60)) "$place"
[ "$status" != 0 ] || rm -rf "$place"
exit "$status"
