#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_service
short_description: An ECS service that converges, and a deployment that is followed to its true end
version_added: 0.1.0
description:
  - Creates a service, or changes with one UpdateService whatever differs from what is given. An option that is not
    given is left alone; in a mapping that is given, members that are not given are left alone.
  - Follows the deployment that it started. Rolled back, replaced, stopped and timed out are failures, with the
    stopped tasks' reasons and exit codes, the last log lines, target health, the service's events, a likely cause and
    the next command.
  - C(community.aws.ecs_service) converges neither security groups nor the circuit breaker nor tags, resets an
    autoscaler's count, and waits for deletions only.
author:
  - The replatform.aws authors (@replatform)
options:
  state:
    description: V(present) or V(absent). V(absent) also stops the service's tasks.
    type: str
    choices: [present, absent]
    default: present
  cluster:
    description: Name or ARN of the cluster.
    type: str
    required: true
  name:
    description: Name of the service.
    type: str
    required: true
  task_definition:
    description: ARN, family:revision, or family (its newest active revision). Required for a new service.
    type: str
  desired_count:
    description:
      - How many tasks to run. Unset leaves the count alone; a new service then gets 0.
      - Starting from zero begins no rollout in ECS. Set O(force_new_deployment) too, so that there is a deployment to
        follow.
    type: int
  force_new_deployment:
    description: Begin a deployment even if nothing differs. Always a change.
    type: bool
    default: false
  launch_type:
    description: Launch type of a new service; cannot be changed later. Exclusive with O(capacity_provider_strategy).
    type: str
    choices: [FARGATE, EC2, EXTERNAL]
  capacity_provider_strategy:
    description: Capacity providers, whole, each with C(capacity_provider), C(weight) and C(base).
    type: list
    elements: dict
  platform_version:
    description: Fargate platform version.
    type: str
  network_configuration:
    description: Network of the tasks.
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
        description: Whether tasks get a public address.
        type: bool
        default: false
  load_balancers:
    description: Target groups of the tasks, whole.
    type: list
    elements: dict
    suboptions:
      target_group_arn:
        description: ARN of the target group.
        type: str
        required: true
      container_name:
        description: Name of the container.
        type: str
        required: true
      container_port:
        description: Port of the container.
        type: int
        required: true
      advanced_configuration:
        description: Listener rules, second target group and role for deployments that shift traffic, in snake case.
        type: dict
  service_registries:
    description: Cloud Map registries, whole, in snake case.
    type: list
    elements: dict
  health_check_grace_period_seconds:
    description: Seconds after a task's start in which a failing load balancer check does not count.
    type: int
  deployment_configuration:
    description: How deployments are rolled out.
    type: dict
    suboptions:
      minimum_healthy_percent:
        description: Percentage of the count that stays up.
        type: int
      maximum_percent:
        description: Percentage of the count that may run at once.
        type: int
      deployment_circuit_breaker:
        description: C(enable), C(rollback), C(reset_on_healthy_task) and C(threshold_configuration).
        type: dict
      alarms:
        description: C(enable), C(rollback) and C(alarm_names).
        type: dict
      strategy:
        description: Kind of rollout. All but V(ROLLING) shift traffic between two target groups.
        type: str
        choices: [ROLLING, BLUE_GREEN, LINEAR, CANARY]
      bake_time_in_minutes:
        description: Minutes in which both versions run after the shift.
        type: int
      lifecycle_hooks:
        description: Hooks, whole, in snake case.
        type: list
        elements: dict
      linear_configuration:
        description: C(step_percent) and C(step_bake_time_in_minutes).
        type: dict
      canary_configuration:
        description: C(canary_percent) and C(canary_bake_time_in_minutes).
        type: dict
      early_success_criteria:
        description: C(enable), C(healthy_percent) and C(source_service_revision_cleanup), of V(ROLLING).
        type: dict
  placement_constraints:
    description: Placement constraints, whole; not on Fargate.
    type: list
    elements: dict
  placement_strategy:
    description: Placement strategy, whole; not on Fargate.
    type: list
    elements: dict
  availability_zone_rebalancing:
    description: Whether ECS moves tasks to keep the zones even.
    type: str
    choices: [ENABLED, DISABLED]
  enable_execute_command:
    description: Whether commands may be run in the containers.
    type: bool
  enable_ecs_managed_tags:
    description: Whether ECS tags the tasks with cluster and service.
    type: bool
  propagate_tags:
    description: Where the tasks' tags come from.
    type: str
    choices: [TASK_DEFINITION, SERVICE, NONE]
  service_connect_configuration:
    description: Service Connect, in snake case.
    type: dict
  volume_configurations:
    description: EBS volumes made at the start of a task, whole, in snake case.
    type: list
    elements: dict
  vpc_lattice_configurations:
    description: Target groups of VPC Lattice, whole, in snake case.
    type: list
    elements: dict
  deployment_controller:
    description: Who deploys. The rollouts that this collection follows are those of V(ECS), AWS's default.
    type: dict
    suboptions:
      type:
        description: The controller.
        type: str
        choices: [ECS, CODE_DEPLOY, EXTERNAL]
  monitoring:
    description: C(metric_configurations), whole, in snake case. Compared with the service's newest revision.
    type: dict
  gateway_connectors:
    description: Gateway connectors, whole, in snake case. Compared with the service's newest revision.
    type: list
    elements: dict
  tags:
    description: Tags of the service. Unset leaves them alone.
    type: dict
  purge_tags:
    description: Whether tags that are not in O(tags) are removed.
    type: bool
    default: true
attributes:
  check_mode:
    description: Reads only.
    support: full
  diff_mode:
    description: Shows what differs, each member whole.
    support: full
  idempotent:
    description: Except with O(force_new_deployment=true).
    support: partial
extends_documentation_fragment:
  - replatform.aws.deployment
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A service without tasks, behind a load balancer
  replatform.aws.ecs_service:
    cluster: database-api-prod
    name: database-api-prod
    task_definition: "{{ registered.arn }}"
    launch_type: FARGATE
    network_configuration:
      subnets: [subnet-0a, subnet-0b]
      security_groups: [sg-0a]
    load_balancers:
      - target_group_arn: "{{ target_group_arn }}"
        container_name: app
        container_port: 8000
    deployment_configuration:
      deployment_circuit_breaker: {enable: true, rollback: true}

- name: Start its tasks with a deployment that can be followed
  replatform.aws.ecs_service:
    cluster: database-api-prod
    name: database-api-prod
    desired_count: 2
    force_new_deployment: true
"""

RETURN = r"""
service:
  description:
    - The service as DescribeServices shows it, with member names in camel case; empty in check mode if it would be
      created.
  type: dict
  returned: success
deployment:
  description: Id of the deployment that was started or followed; empty if there was none.
  type: str
  returned: success
seconds:
  description: How long it was followed.
  type: float
  returned: success
pause:
  description: The pause, as C(service_deployment), C(hook_id), C(stage), C(expires_at) and C(timeout_action).
  type: dict
  returned: when it waits at one
changes:
  description: Names of the members that differ.
  type: list
  elements: str
  returned: success
end:
  description: How the deployment ended, V(failed), V(rolled_back), V(replaced), V(stopped) or V(timed_out).
  type: str
  returned: when the deployment did not succeed
diagnosis:
  description: C(cause), C(next_command), C(stopped_tasks), C(logs), C(targets) and C(events).
  type: dict
  returned: when the deployment did not succeed
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.diagnose import Clients
from ansible_collections.replatform.aws.plugins.module_utils._ecs.options import waiting
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service import absent, present
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service_options import ARGUMENTS, wanted


def main() -> None:
    """Converge the service and follow what that starts."""
    module = AnsibleAWSModule(
        argument_spec=ARGUMENTS,
        supports_check_mode=True,
        mutually_exclusive=[("launch_type", "capacity_provider_strategy")],
    )
    check_mode = module.check_mode
    clients = Clients(Connection.from_params(module.params))
    act = present if module.params["state"] == "present" else absent
    try:
        patience = waiting(module.params, module.params["name"], check_mode=check_mode)
        done = act(clients, wanted(module.params), patience, check_mode=check_mode)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(
        changed=done.changed,
        service=done.service,
        deployment=done.deployment,
        seconds=round(done.seconds, 1),
        changes=done.changes,
        diff=done.diff,
        **({"pause": done.pause.as_dict()} if done.pause else {}),
    )


if __name__ == "__main__":
    main()
