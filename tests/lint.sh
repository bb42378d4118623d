#!/usr/bin/env bash
# Every check that needs no server. Called by `make lint`; each step says its name and time, and all run even if one fails.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH" ANSIBLE_CONFIG="$PWD/ansible.cfg" MYPYPATH="$PWD/.ansible/collections"
python=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
failed=()

step() {
  local name=$1 started=$SECONDS log
  shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    printf '  ok      %-22s %3d s\n' "$name" $((SECONDS - started))
  else
    printf '  FAILED  %-22s %3d s\n' "$name" $((SECONDS - started))
    grep -vE '^(Running|Installing|Using cached|Looking|Processing|Success|Collecting| )' "$log" | tail -n 80
    failed+=("$name")
  fi
  rm -f "$log"
}

# ansible-test refuses a link and wants the collection under its own name, beside those that it depends on:
# it gets a copy of what git knows.
sanity() {
  local copy installed
  installed=$(python -c 'import ansible_collections; print(list(ansible_collections.__path__)[-1])') || return
  copy=$(mktemp -d) || return
  local collection="$copy/ansible_collections/replatform/aws" status=0
  mkdir -p "$collection"
  git ls-files -z --cached --others --exclude-standard \
    | tar --create --null --files-from - --ignore-failed-read | tar --extract --directory "$collection"
  ln -s "$installed/amazon" "$installed/community" "$copy/ansible_collections/"
  (
    cd "$collection" && git init --quiet && git add --all \
      && ansible-test sanity --venv --python "$python" --color no "$@"
  ) || status=$?
  rm -rf "$copy"
  return "$status"
}

collection=ansible_collections.replatform.aws.plugins
step "ruff check" ruff check --output-format concise .
step "ruff format" ruff format --check --quiet .
step "mypy plugins" mypy -p "$collection"
step "mypy lab" mypy -p lab
step "ansible-lint" ansible-lint --offline --profile production --strict -q
step "ansible-test sanity" sanity

if ((${#failed[@]})); then
  printf 'lint failed: %s\n' "${failed[*]}"
  exit 1
fi
