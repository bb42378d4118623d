"""`python -m lab up|down|status|clean|run`: the rehearsal's lab on this machine, everything on 127.0.0.1.

python -m lab up [--size large]     start what does not run; quick when all of it does
python -m lab run -- COMMAND…       a command with the environment that leads to the source and the pretend AWS
python -m lab down                  stop what the lab started; data stays
python -m lab clean                 also remove data, secrets and state; the cache of built parts stays
"""

from __future__ import annotations

import argparse
import os
import sys

import psycopg
from botocore.exceptions import BotoCoreError, ClientError

from lab import control
from lab.aws.control import AwsLabError
from lab.components import ComponentError
from lab.errors import LabError
from lab.seed import SIZES, SeedError


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m lab", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start what does not run")
    up.add_argument("--size", choices=sorted(SIZES), default="small", help="of the data, when the source is empty")
    commands.add_parser("down", help="stop what the lab started; data stays")
    commands.add_parser("status", help="one line per piece; exit 1 unless all of it runs")
    commands.add_parser("clean", help="down, and remove data, secrets and state")
    run = commands.add_parser("run", help="run a command in the lab's environment")
    run.add_argument("--profile", choices=["administrator", "deploy"], default="", help="an AWS profile, not keys")
    run.add_argument("words", nargs="+", metavar="COMMAND", help="the command and its arguments, after --")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    try:
        if options.command == "up":
            control.up(options.size)
        elif options.command == "down":
            control.down()
        elif options.command == "clean":
            control.clean()
        elif options.command == "status":
            return 0 if control.status() else 1
        else:
            os.execvpe(options.words[0], options.words, control.environment(options.profile))  # noqa: S606 - the user's own command
    except (LabError, ComponentError, AwsLabError, SeedError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except (psycopg.Error, BotoCoreError, ClientError) as error:
        print(f"lab: a store of the source does not answer: {error}\nSee: python -m lab status", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
