#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_run_task
short_description: Runs one ECS task to its end; its exit code is the result
version_added: 0.1.0
description:
  - Starts one task, such as a migration of the schema or a smoke test, follows it until it has stopped, and shows its
    last log lines. Every end but exit code 0 fails, with the likely cause.
  - C(community.aws.ecs_task) waits until the task runs, so a program that fails looks well to it.
  - A task that takes longer than O(wait_timeout) is stopped.
  - What the program prints is shown as it is. Let it print no secrets.
author:
  - The replatform.aws authors (@replatform)
options:
  cluster:
    description: The cluster.
    type: str
    required: true
  task_definition:
    description: Family (its newest revision), family:revision, or ARN.
    type: str
    required: true
  containers:
    description: Containers whose exit code has to be 0. Unset takes the essential ones.
    type: list
    elements: str
  overrides:
    description: Of RunTask, whole, in snake case; C(container_overrides) has C(name), C(command) and C(environment).
    type: dict
  launch_type:
    description: Kind of capacity.
    type: str
    choices: [FARGATE, EC2, EXTERNAL]
  capacity_provider_strategy:
    description: Capacity providers instead of O(launch_type), with C(capacity_provider), C(weight) and C(base).
    type: list
    elements: dict
  platform_version:
    description: Platform version of Fargate. Unset takes AWS's default, LATEST.
    type: str
  network_configuration:
    description: Where the task is.
    type: dict
    suboptions:
      subnets:
        description: Ids of subnets.
        type: list
        elements: str
        required: true
      security_groups:
        description: Ids of security groups.
        type: list
        elements: str
      assign_public_ip:
        description: Whether the task gets a public address.
        type: bool
        default: false
  enable_execute_command:
    description: Whether commands may be run in the containers.
    type: bool
  propagate_tags:
    description: Whether the task gets the tags of its definition.
    type: str
    choices: [TASK_DEFINITION]
  tags:
    description: Tags of the task.
    type: dict
  wait:
    description: Whether to follow the task to its end. If not, only its ARN is returned.
    type: bool
    default: true
  wait_timeout:
    description: Seconds that it may take.
    type: int
    default: 900
  wait_interval:
    description: Seconds between two looks.
    type: int
    default: 5
  run_dir:
    description: Folder in which progress is written for the callback C(replatform.aws.progress). Unset writes none.
    type: path
attributes:
  check_mode:
    description: Starts nothing. A task definition that is there has to have the O(containers).
    support: full
  diff_mode:
    description: There is nothing to compare with.
    support: none
  idempotent:
    description: Every run starts a task.
    support: none
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Bring the schema up to date
  replatform.aws.ecs_run_task:
    cluster: database-api-prod
    task_definition: database-api-prod
    launch_type: FARGATE
    network_configuration:
      subnets: [subnet-0a, subnet-0b]
      security_groups: [sg-0a]
    overrides:
      container_overrides:
        - name: app
          command: [alembic, upgrade, head]
"""

RETURN = r"""
task:
  description: ARN of the task; empty in check mode.
  type: str
  returned: success
exit_codes:
  description: Exit code of each container, null for one that never ran. Empty with O(wait=false) and in check mode.
  type: dict
  returned: always
logs:
  description: The last 20 lines of the containers that log to CloudWatch, each with its container's name.
  type: list
  elements: str
  returned: always
seconds:
  description: How long it was followed.
  type: float
  returned: success
diagnosis:
  description: C(cause), C(next_command), C(stopped_tasks), C(logs), C(targets) and C(events).
  type: dict
  returned: when the task did not end well
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.diagnose import Clients
from ansible_collections.replatform.aws.plugins.module_utils._ecs.one_task import Ended, check, run
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service_options import (
    FOLLOWING,
    NETWORK,
    job,
    waiting,
)

ARGUMENTS = {
    "cluster": {"type": "str", "required": True},
    "task_definition": {"type": "str", "required": True},
    "containers": {"type": "list", "elements": "str"},
    "overrides": {"type": "dict"},
    "launch_type": {"type": "str", "choices": ["FARGATE", "EC2", "EXTERNAL"]},
    "capacity_provider_strategy": {"type": "list", "elements": "dict"},
    "platform_version": {"type": "str"},
    "network_configuration": {"type": "dict", "options": NETWORK},
    "enable_execute_command": {"type": "bool"},
    "propagate_tags": {"type": "str", "choices": ["TASK_DEFINITION"]},
    "tags": {"type": "dict"},
    **FOLLOWING,
}


def main() -> None:
    """Start the task and follow it."""
    module = AnsibleAWSModule(
        argument_spec=ARGUMENTS,
        supports_check_mode=True,
        mutually_exclusive=[("launch_type", "capacity_provider_strategy")],
    )
    options, check_mode = module.params, module.check_mode
    clients, wanted = Clients(Connection.from_params(options)), job(options)
    patience = waiting({**options, "name": options["task_definition"].rpartition("/")[2]}, check_mode=check_mode)
    try:
        definition = check(clients, wanted, tolerant=check_mode)
        ended = Ended("", {}, (), 0.0) if check_mode else run(clients, wanted, definition, patience)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(
        changed=True,
        task=ended.arn,
        exit_codes=ended.exit_codes,
        logs=list(ended.logs),
        seconds=round(ended.seconds, 1),
    )


if __name__ == "__main__":
    main()
