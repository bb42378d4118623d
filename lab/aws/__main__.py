"""`python -m lab.aws up|down|status|gaps`."""

from __future__ import annotations

import argparse
import os
import sys

from lab.aws import control, gaps, table


def main() -> int:
    """Run one command; 1 when it failed, or when `status` finds nothing running."""
    parser = argparse.ArgumentParser(prog="python -m lab.aws", description="The pretend AWS of the lab, on loopback.")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("up", help="start it (an empty account)")
    start.add_argument("--docker-host", default=os.environ.get("DOCKER_HOST"), help="the engine's socket")
    commands.add_parser("down", help="stop it; what it held is gone")
    commands.add_parser("status", help="say whether it runs")
    listing = commands.add_parser("gaps", help="list what ministack lacks and this lab fills")
    listing.add_argument("--write", action="store_true", help="write the table into docs/pretend-aws.md")
    options = parser.parse_args()
    try:
        return _run(options)
    except control.AwsLabError as error:
        print(error, file=sys.stderr)
        return 1


def _run(options: argparse.Namespace) -> int:
    if options.command == "up":
        settings = control.up(options.docker_host)
        print(f"The pretend AWS answers at {settings['AWS_ENDPOINT_URL']}; environment: {control.place().env_file}")
    elif options.command == "down":
        control.down()
    elif options.command == "status":
        facts = control.status()
        print("\n".join(f"{name}: {value}" for name, value in facts.items()))
        return 0 if facts["running"] else 1
    elif options.write:
        table.write(gaps.load())
    else:
        print(table.rendered(gaps.load()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
