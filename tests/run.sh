#!/usr/bin/env bash
# All tests, in the order in which a failure is cheapest. Called by `make test`; ends with pytest's closing line.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH" ANSIBLE_CONFIG="$PWD/ansible.cfg"
exec python -m pytest "$@"
