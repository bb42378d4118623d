"""`python -m lab.components [--quiet] [NAME…]`: builds what is named, or everything; one line each, with its time.

`--quiet` leaves out what was there already.
"""

from __future__ import annotations

import sys
import time

from lab.components import COMPONENTS, ComponentError, ensure


def main(words: list[str]) -> int:
    missing = 0
    quiet = "--quiet" in words
    names = [word for word in words if word != "--quiet"]
    for name in names or ["postgresql-15", *COMPONENTS]:
        started = time.monotonic()
        try:
            home = ensure(name)
        except ComponentError as error:
            print(f"  {name:<52} MISSING\n{error}", file=sys.stderr)
            missing += 1
        else:
            seconds = time.monotonic() - started
            if not quiet or seconds > 0.5:
                print(f"  {name:<52} {seconds:6.1f} s  {home}", flush=True)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
