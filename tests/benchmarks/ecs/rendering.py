"""A large compose project to task definitions, beside the time that compose itself takes to read it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import (
    ProjectSource,
    compose_program,
    read_project,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.render import Request, render
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Decisions
from tests.benchmarks.ecs.modules import OURS, module
from tests.benchmarks.ecs.project import ROLES, write
from tests.benchmarks.measure import BenchmarkError, Usage, run

MODULE, CONFIG, FUNCTION = "ecs_task_definition_render (ours)", "docker compose config", "of it, rendering alone (warm)"
Tools = dict[str, Callable[[], Usage]]


def tools(folder: Path, services: int) -> Tools:
    """The module whole, compose alone, and the pure function in this process."""
    options = write(folder, services)
    expected = -(-services // len(ROLES))
    source = ProjectSource(str(folder))
    project = read_project(source)
    request = Request(
        Decisions(overrides=options["overrides"], endpoints=options["endpoints"]),
        secrets=options["secrets"],
        execution_role_arn=options["execution_role_arn"],
        task_role_arn=options["task_role_arn"],
        log_group=options["log_group"],
        region=options["log_region"],
    )

    def whole() -> Usage:
        used, result = module(OURS, "ecs_task_definition_render", options)
        _check(len(result["task_definitions"]), expected)
        return used

    def function() -> Usage:
        began = time.monotonic(), time.process_time()
        rendered = render(project, request)
        used = Usage(time.monotonic() - began[0], time.process_time() - began[1])
        _check(len(rendered.task_definitions), expected)
        return used

    function()  # reads botocore's model, once
    config = [*compose_program(), *source.arguments(), "config"]
    return {MODULE: whole, CONFIG: lambda: run(config, {})[0], FUNCTION: function}


def _check(found: int, expected: int) -> None:
    if found != expected:
        raise BenchmarkError(f"{found} task definitions were rendered instead of {expected}")
