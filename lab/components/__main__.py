"""`python -m lab.components [NAME…]`: builds what is named, or everything, one line per component with its time."""

from __future__ import annotations

import sys
import time

from lab.components import COMPONENTS, ComponentError, ensure


def main(names: list[str]) -> int:
    missing = 0
    for name in names or ["postgresql-15", *COMPONENTS]:
        started = time.monotonic()
        try:
            home = ensure(name)
        except ComponentError as error:
            print(f"  {name:<18} MISSING\n{error}", file=sys.stderr)
            missing += 1
        else:
            print(f"  {name:<18} {time.monotonic() - started:6.1f} s  {home}", flush=True)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
