#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_service_autoscaling
short_description: Scales an ECS service by load and by the clock
version_added: 0.1.0
description:
  - Makes an ECS service a scalable target and converges its target tracking policies and scheduled actions. What is
    not given is left alone, and so is a limit that a scheduled action of the service has set.
  - Once it is one, the number of tasks is the autoscaler's. M(replatform.aws.ecs_service) leaves the count alone where
    O(replatform.aws.ecs_service#module:desired_count) is not given.
  - C(community.aws.application_autoscaling_policy) changes things in check mode and knows no scheduled actions.
author:
  - The replatform.aws authors (@replatform)
options:
  state:
    description:
      - V(present) converges what is given.
      - V(absent) takes the scalable target away, and its policies and scheduled actions with it. The count stays.
    type: str
    choices: [present, absent]
    default: present
  cluster:
    description: The cluster, name or ARN.
    type: str
    required: true
  service:
    description: The service.
    type: str
    required: true
  min_capacity:
    description: Least number of tasks. Required for a service that is no scalable target yet.
    type: int
  max_capacity:
    description: Greatest number of tasks. Required for a service that is no scalable target yet.
    type: int
  suspended:
    description: What is suspended. An empty list lets everything go on; unset leaves it alone.
    type: list
    elements: str
    choices: [scale_in, scale_out, scheduled]
  target_tracking:
    description: The target tracking policies. Unset leaves all policies alone.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the policy.
        type: str
        required: true
      metric:
        description:
          - What is kept near the target value. V(cpu) and V(memory) are the service's average in percent, V(requests)
            is the number of requests for each target in a minute.
        type: str
        choices: [cpu, memory, requests]
      resource_label:
        description: For V(requests), C(app/load-balancer/id/targetgroup/target-group/id).
        type: str
      customized_metric:
        description: A metric of CloudWatch instead of O(target_tracking[].metric), whole, in snake case.
        type: dict
      target_value:
        description: The value, in the metric's unit.
        type: float
        required: true
      scale_in_cooldown:
        description: Seconds between two steps down. Unset takes AWS's default, 300.
        type: int
      scale_out_cooldown:
        description: Seconds between two steps up. Unset takes AWS's default, 300.
        type: int
      disable_scale_in:
        description: Whether the policy never takes tasks away.
        type: bool
        default: false
  scheduled_actions:
    description: Changes of the limits by the clock. Unset leaves all scheduled actions alone.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the action.
        type: str
        required: true
      schedule:
        description: C(cron(...)), C(rate(...)) or C(at(...)).
        type: str
        required: true
      timezone:
        description: Time zone of the schedule, as V(Asia/Seoul).
        type: str
        default: UTC
      start_time:
        description: From when on, as C(2027-01-31T09:00:00+09:00).
        type: str
      end_time:
        description: Until when, in the same form.
        type: str
      min_capacity:
        description: Least number of tasks from then on.
        type: int
      max_capacity:
        description: Greatest number of tasks from then on.
        type: int
  purge:
    description:
      - Whether policies and scheduled actions that are not named are removed, of the kinds that are given. Step scaling
        policies count as policies.
    type: bool
    default: true
attributes:
  check_mode:
    description: Reads only.
    support: full
  diff_mode:
    description: Shows the target, the policies and the scheduled actions.
    support: full
  idempotent:
    description: Calls AWS for what differs only.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Two to six tasks, by load; four at least in the morning
  replatform.aws.ecs_service_autoscaling:
    cluster: database-api-prod
    service: database-api-prod
    min_capacity: 2
    max_capacity: 6
    target_tracking:
      - {name: cpu, metric: cpu, target_value: 60}
    scheduled_actions:
      - {name: morning, schedule: "cron(0 8 * * ? *)", timezone: Asia/Seoul, min_capacity: 4}
      - {name: noon, schedule: "cron(0 12 * * ? *)", timezone: Asia/Seoul, min_capacity: 2}
"""

RETURN = r"""
calls:
  description: The API calls that were made, or would be made in check mode, in order.
  type: list
  elements: str
  returned: always
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import carry_out
from ansible_collections.replatform.aws.plugins.module_utils._ecs.autoscaling import plan, plan_absent, read
from ansible_collections.replatform.aws.plugins.module_utils._ecs.autoscaling_options import ARGUMENTS, scaling


def main() -> None:
    """Read the scaling, plan, and carry the plan out."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        client = make_client("application-autoscaling", Connection.from_params(module.params))
        wanted = scaling(module.params)
        live = read(client, wanted)
        planned = plan(wanted, live) if module.params["state"] == "present" else plan_absent(wanted, live)
        result = carry_out(client, planned, module.check_mode)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
