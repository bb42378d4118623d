#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_run_task
short_description: Runs one ECS task to its end; its exit code is the result
version_added: 0.1.0
description:
  - Starts one task of a task definition, such as a database migration or a smoke test, follows it until it has
    stopped, and succeeds only if the program ended by itself with exit code 0.
  - Every other end is a failure with its cause. A program that failed is told with its exit code and last log lines. A
    task that could not start, was stopped from outside or took too long is told with ECS's reason, a likely cause and
    the next command.
  - No task is left behind. One that is not done within O(wait_timeout) is stopped, and so is one whose playbook ends or
    is interrupted before the task does. Only a module that is itself killed with SIGKILL cannot do that.
  - C(community.aws.ecs_task) succeeds whatever the exit code, and starts nothing if a task of the family runs already.
  - The last log lines are in the result and so in Ansible's output. If the program prints secrets, set C(no_log) on the
    task, or O(log_lines=0).
author:
  - The replatform.aws authors (@replatform)
options:
  cluster:
    description: Name or ARN of the cluster.
    type: str
    required: true
  task_definition:
    description: ARN, family:revision, or family (its newest active revision).
    type: str
    required: true
  network_configuration:
    description: Network of the task. Required if the task definition's network mode is C(awsvpc), as on Fargate.
    type: dict
    suboptions:
      subnets:
        description: Ids of the subnets.
        type: list
        elements: str
        required: true
      security_groups:
        description: Ids of the security groups.
        type: list
        elements: str
      assign_public_ip:
        description: Whether the task gets a public address.
        type: bool
        default: false
  launch_type:
    description:
      - Launch type. Exclusive with O(capacity_provider_strategy); with neither, the cluster's default strategy is used.
    type: str
    choices: [FARGATE, EC2, EXTERNAL]
  capacity_provider_strategy:
    description: Capacity providers.
    type: list
    elements: dict
    suboptions:
      capacity_provider:
        description: Name of the provider, such as FARGATE_SPOT.
        type: str
        required: true
      weight:
        description: Share of the tasks.
        type: int
      base:
        description: Number of tasks that it gets before shares count.
        type: int
  platform_version:
    description: Fargate platform version.
    type: str
  overrides:
    description: What is different from the task definition in this one run.
    type: dict
    suboptions:
      container_overrides:
        description: Changes to containers.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the container.
            type: str
            required: true
          command:
            description: Command instead of the definition's.
            type: list
            elements: str
          environment:
            description:
              - Variables, added to the definition's or instead of those of the same name.
              - ECS shows them to everybody who may describe the task. A secret belongs in the task definition's
                C(secrets).
            type: list
            elements: dict
            suboptions:
              name:
                description: Name of the variable.
                type: str
                required: true
              value:
                description: Its value.
                type: str
                required: true
          environment_files:
            description: Files with variables, instead of the definition's.
            type: list
            elements: dict
            suboptions:
              type:
                description: Such as s3.
                type: str
                required: true
              value:
                description: ARN of the object.
                type: str
                required: true
          cpu:
            description: CPU units of the container.
            type: int
          memory:
            description: Most memory of the container, in MiB.
            type: int
          memory_reservation:
            description: Memory kept for the container, in MiB.
            type: int
          resource_requirements:
            description: GPUs and the like; not on Fargate.
            type: list
            elements: dict
            suboptions:
              type:
                description: Such as GPU.
                type: str
                required: true
              value:
                description: How many, or which.
                type: str
                required: true
      cpu:
        description: CPU units of the task.
        type: str
      memory:
        description: Memory of the task, in MiB.
        type: str
      ephemeral_storage:
        description: Disk of the task.
        type: dict
        suboptions:
          size_in_gib:
            description: Its size in GiB.
            type: int
            required: true
      execution_role_arn:
        description: Role that starts the task.
        type: str
      task_role_arn:
        description: Role of the program.
        type: str
  group:
    description: Group of the task. Unset gives it the family's.
    type: str
  started_by:
    description: A mark by which ListTasks finds the task, up to 128 characters.
    type: str
  client_token:
    description:
      - Up to 64 characters. ECS answers a second call of the same token with the task of the first and starts none,
        until an hour after that task's end and for a day at most. The module then follows that task.
      - Unset makes a new one for each run, so that only the repeated tries of one call share it. Set it if a playbook
        that is run again soon shall find its task instead of repeating it.
    type: str
  enable_execute_command:
    description: Whether commands may be run in the containers.
    type: bool
  propagate_tags:
    description: Where the task's further tags come from.
    type: str
    choices: [TASK_DEFINITION, NONE]
  tags:
    description: Tags of the task.
    type: dict
  container:
    description:
      - The container whose exit code counts. Unset counts all that are essential.
      - Name it if essential helpers (a proxy, a log router) run beside the program. ECS ends them when the program has
        ended, mostly with 137 or 143, which is no failure of the program.
    type: str
  log_lines:
    description:
      - How many of the last log lines to return, of each container that logs to CloudWatch with a stream prefix. They
        may arrive late; up to 10 seconds after the end are spent on them.
    type: int
    default: 20
  wait_timeout:
    description: Seconds within which the task has to be done. After that it is stopped.
    type: int
    default: 1800
  wait_interval:
    description: Seconds between two looks.
    type: int
    default: 5
  run_dir:
    description: Folder in which progress is written for the callback C(replatform.aws.progress). Unset writes none.
    type: path
attributes:
  check_mode:
    description:
      - Reads only, starts nothing and reports a change. Cluster and task definition are looked at if they exist.
    support: full
  diff_mode:
    description: Shows what is run; of an overridden environment, the names only.
    support: full
  idempotent:
    description: Each run starts a task, except with O(client_token).
    support: none
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: replatform.aws.ecs_task_definition
  - module: replatform.aws.ecs_service
"""

EXAMPLES = r"""
- name: Migrate the database before the new version is deployed
  replatform.aws.ecs_run_task:
    cluster: database-api-prod
    task_definition: "{{ registered.arn }}"
    launch_type: FARGATE
    network_configuration:
      subnets: [subnet-0a, subnet-0b]
      security_groups: [sg-0a]
    overrides:
      container_overrides:
        - name: app
          command: [alembic, upgrade, head]
    container: app
    wait_timeout: 3600
  register: migrated

- name: What it said
  ansible.builtin.debug:
    var: migrated.logs

- name: A smoke test on spare capacity; a second run of the playbook finds the first one's task
  replatform.aws.ecs_run_task:
    cluster: database-api-prod
    task_definition: database-api-smoke
    capacity_provider_strategy:
      - capacity_provider: FARGATE_SPOT
    network_configuration:
      subnets: [subnet-0a, subnet-0b]
      security_groups: [sg-0a]
    client_token: "smoke-{{ release }}"
    tags:
      Release: "{{ release }}"
"""

RETURN = r"""
task_arn:
  description: ARN of the task; empty in check mode.
  type: str
  returned: success, and when a started task failed
exit_code:
  description: Exit code of the container that counts, or the first of them that is not 0.
  type: int
  returned: when the program ended, except in check mode
containers:
  description: C(name), C(exit_code) (none if it never ran) and C(reason) of each container.
  type: list
  elements: dict
  returned: success, and when a started task failed
logs:
  description: The last log lines, each with its container's name. They are the program's own words, secrets included.
  type: list
  elements: str
  returned: success, and when the task failed
seconds:
  description: How long it was followed.
  type: float
  returned: success
end:
  description: How the task ended, V(failed), V(not_started), V(stopped), V(timed_out) or V(abandoned).
  type: str
  returned: when the task did not succeed
diagnosis:
  description: C(cause), C(next_command), C(stopped_tasks) and C(logs).
  type: dict
  returned: when the task did not succeed
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.diagnose import Clients
from ansible_collections.replatform.aws.plugins.module_utils._ecs.options import waiting
from ansible_collections.replatform.aws.plugins.module_utils._ecs.run_task import run
from ansible_collections.replatform.aws.plugins.module_utils._ecs.run_task_options import ARGUMENTS, order
from ansible_collections.replatform.aws.plugins.module_utils._ecs.task_follower import containers_of


def main() -> None:
    """Run the task, and end as it ended."""
    module = AnsibleAWSModule(
        argument_spec=ARGUMENTS,
        supports_check_mode=True,
        mutually_exclusive=[("launch_type", "capacity_provider_strategy")],
    )
    options, check_mode = module.params, module.check_mode
    clients = Clients(Connection.from_params(options))
    name = options["task_definition"].rpartition("/")[2].replace(":", "-")
    try:
        ran = run(clients, order(options), waiting(options, name, check_mode=check_mode), check_mode=check_mode)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(
        changed=True,
        task_arn=ran.task.arn if ran.task else "",
        containers=containers_of(ran.task) if ran.task else [],
        logs=list(ran.logs),
        seconds=round(ran.seconds, 1),
        diff=ran.diff,
        **({"exit_code": 0} if ran.task else {}),
    )


if __name__ == "__main__":
    main()
