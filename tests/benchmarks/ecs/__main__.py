"""How long a large compose project takes to render, and how many calls it takes to find that nothing changed.

python -m tests.benchmarks.ecs [--services N] [--runs N]. Needs the lab. A table, and JSON in the last line.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ansible_collections.community.aws as stock_collection
import boto3

from lab import control
from tests.benchmarks.ecs.counted import counted
from tests.benchmarks.ecs.project import write
from tests.benchmarks.measure import BenchmarkError, Usage, in_turn, run
from tests.conftest import ROOT  # makes the collection importable under its own name

# isort: split
from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import (
    ProjectSource,
    compose_program,
    read_project,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.render import Request, render
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Decisions

OURS, CONFIG, FUNCTION = "ecs_task_definition_render (ours)", "docker compose config", "the render alone, in a process"
CONVERGE, STOCK = "ecs_task_definition + ecs_service (ours)", "community.aws ecs_taskdefinition + ecs_service"
STOCK_MODULES = Path(next(iter(stock_collection.__path__))) / "plugins" / "modules"
NETWORK = {"subnets": ["subnet-1"], "security_groups": ["sg-1"]}
SETTINGS = {
    "execution_role_arn": "arn:aws:iam::123456789012:role/e",
    "log_group": "/shop",
    "log_region": "ap-northeast-2",
}


def say(line: str) -> None:
    print(line, flush=True)


def module(path: Path, options: dict[str, Any], environment: dict[str, str]) -> tuple[Usage, dict[str, Any]]:
    """A module as Ansible runs it: in a process of its own, its arguments on the way in."""
    told = json.dumps({"ANSIBLE_MODULE_ARGS": options})
    importable = f"{ROOT}{os.pathsep}{ROOT / '.ansible' / 'collections'}"
    used, output = run([sys.executable, str(path)], {**environment, "PYTHONPATH": importable}, told)
    result = json.loads(output[output.index("{") :])
    if result.get("failed"):
        raise BenchmarkError(f"{path.name}: {result.get('msg')}")
    return used, dict(result)


def ours(name: str) -> Path:
    return ROOT / "plugins" / "modules" / f"{name}.py"


def rendering(count: int, runs: int) -> dict[str, float]:
    """Seconds of the module, of compose itself, and of the pure function."""
    with tempfile.TemporaryDirectory(prefix="bench-ecs-") as name:
        folder = Path(name)
        decided = write(folder, count)
        project = read_project(ProjectSource(name))
        request = Request(
            Decisions(**decided), execution_role_arn=SETTINGS["execution_role_arn"], log_group="/shop", region="x"
        )

        def function() -> Usage:
            began = time.monotonic()
            if len(render(project, request).task_definitions) != count - 4:
                raise BenchmarkError("the project was not rendered whole")
            return Usage(time.monotonic() - began)

        config = [*compose_program(), "--project-directory", name, "config", "--format", "json"]
        tools: dict[str, Callable[[], Usage]] = {
            OURS: lambda: module(ours("ecs_task_definition_render"), {"project_src": name, **SETTINGS, **decided}, {})[
                0
            ],
            CONFIG: lambda: run(config, {})[0],
            FUNCTION: function,
        }
        found = in_turn(tools, runs, say)
    table(f"A compose file of {count} services, medians of {runs}", found)
    return {
        "module_s": found[OURS].seconds,
        "compose_config_s": found[CONFIG].seconds,
        "render_s": found[FUNCTION].seconds,
    }


def table(title: str, found: dict[str, Usage], calls: dict[str, float] | None = None) -> None:
    say(f"\n{title}\n| | s | CPU s | MB |{' API calls |' if calls else ''}\n|---|---|---|---|{'---|' if calls else ''}")
    for name, usage in sorted(found.items(), key=lambda pair: pair[1].seconds):
        more = f" {calls[name]:.0f} |" if calls else ""
        say(f"| {name} | {usage.seconds:.2f} | {usage.cpu:.2f} | {usage.peak_mb:.0f} |{more}")


@contextlib.contextmanager
def account(environment: dict[str, str]) -> Iterator[str]:
    """A cluster under a name of its own, gone afterwards with its services."""
    ecs, name = boto3.client("ecs", verify=environment["AWS_CA_BUNDLE"]), f"bench-{uuid.uuid4().hex[:8]}"
    ecs.create_cluster(clusterName=name)
    try:
        yield name
    finally:
        for arn in ecs.list_services(cluster=name)["serviceArns"]:
            ecs.delete_service(cluster=name, service=arn, force=True)
        ecs.delete_cluster(cluster=name)


def container() -> dict[str, Any]:
    return {
        "name": "app", "image": "shop/app@sha256:1", "essential": True, "command": ["serve"],
        "portMappings": [{"containerPort": 8000, "hostPort": 8000, "protocol": "tcp"}],
        "environment": [{"name": f"SETTING_{index}", "value": str(index)} for index in range(20)],
    }  # fmt: skip


def ours_again(name: str, environment: dict[str, str]) -> list[dict[str, Any]]:
    """The two modules as roles/deploy calls them."""
    definition = {
        "family": f"{name}-ours", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256",
        "memory": "512", "containerDefinitions": [container()],
    }  # fmt: skip
    used, registered = module(ours("ecs_task_definition"), {"definition": definition}, environment)
    more, service = module(ours("ecs_service"), {
        "cluster": name, "name": f"{name}-ours", "task_definition": registered["arn"], "launch_type": "FARGATE",
        "network_configuration": NETWORK, "deployment_configuration": {
            "minimum_healthy_percent": 100, "maximum_percent": 200,
            "deployment_circuit_breaker": {"enable": True, "rollback": True},
        },
    }, environment)  # fmt: skip
    return [{"usage": used, **registered}, {"usage": more, **service}]


def stock_again(name: str, environment: dict[str, str]) -> list[dict[str, Any]]:
    """The same with the stock modules; desired_count is given, for without it they always change something."""
    used, registered = module(STOCK_MODULES / "ecs_taskdefinition.py", {
        "state": "present", "family": f"{name}-stock", "network_mode": "awsvpc", "launch_type": "FARGATE", "cpu": "256",
        "memory": "512", "containers": [container()],
    }, environment)  # fmt: skip
    revision = registered["taskdefinition"]["revision"]
    more, service = module(STOCK_MODULES / "ecs_service.py", {
        "state": "present", "cluster": name, "name": f"{name}-stock", "task_definition": f"{name}-stock:{revision}",
        "launch_type": "FARGATE", "desired_count": 0, "network_configuration": NETWORK, "deployment_configuration": {
            "minimum_healthy_percent": 100, "maximum_percent": 200,
            "deployment_circuit_breaker": {"enable": True, "rollback": True},
        },
    }, environment)  # fmt: skip
    return [{"usage": used, **registered}, {"usage": more, **service}]


def converging(runs: int) -> dict[str, float]:
    """Seconds and calls of a converge that finds nothing to do."""
    environment = {name: value for name, value in control.environment().items() if name.startswith("AWS_")}
    os.environ.update(environment)
    way = counted(environment["AWS_ENDPOINT_URL"], environment["AWS_CA_BUNDLE"])
    calls: dict[str, list[int]] = {CONVERGE: [], STOCK: []}
    with account(environment) as name, way as server:
        through = {**environment, "AWS_ENDPOINT_URL": f"http://{server.server_address[0]}:{server.server_address[1]}"}

        def again(tool: str, converge: Callable[[str, dict[str, str]], list[dict[str, Any]]]) -> Usage:
            server.calls.clear()
            results = converge(name, through)
            if any(result["changed"] for result in results):
                raise BenchmarkError(f"{tool} changed something where nothing was to do")
            calls[tool].append(server.calls.total())
            used = [result["usage"] for result in results]
            return Usage(
                sum(one.seconds for one in used), sum(one.cpu for one in used), max(one.peak_mb for one in used)
            )

        tools = {CONVERGE: ours_again, STOCK: stock_again}
        for converge in tools.values():
            converge(name, through)  # makes it
        found = in_turn({tool: functools.partial(again, tool, converge) for tool, converge in tools.items()}, runs, say)
    counts = {tool: float(statistics.median(numbers)) for tool, numbers in calls.items()}
    table(f"Nothing to do, medians of {runs}", found, counts)
    return {
        "noop_calls": counts[CONVERGE], "stock_calls": counts[STOCK], "calls_ratio": counts[STOCK] / counts[CONVERGE],
        "noop_s": found[CONVERGE].seconds, "stock_s": found[STOCK].seconds,
    }  # fmt: skip


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.ecs", description=__doc__)
    parser.add_argument("--services", type=int, default=50)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(words)
    figures = rendering(options.services, options.runs) | converging(options.runs)
    say("")
    say(json.dumps({name: round(value, 3) for name, value in figures.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
