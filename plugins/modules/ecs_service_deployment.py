#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_service_deployment
short_description: Follows, continues or takes back a deployment of an ECS service
version_added: 0.1.0
description:
  - Acts on the deployment that M(replatform.aws.ecs_service) or somebody else started.
  - With V(continue) a deployment that waits at a pause hook goes on. What has to be true before that is for the tasks
    in between to find out, such as M(replatform.aws.application_check) through the test listener; no Lambda is needed.
  - With V(rollback) the service runs its last good task definition afterwards, whether a deployment is under way, waits
    at a pause, or ended well and turned out to be bad. Stores are not touched.
  - It was not run on AWS yet. The pretend AWS of the rehearsal plays the stages as the developer guide names them.
author:
  - The replatform.aws authors (@replatform)
options:
  cluster:
    description: The cluster.
    type: str
    required: true
  service:
    description: The service.
    type: str
    required: true
  service_deployment:
    description: ARN of the service deployment. Unset takes the service's newest.
    type: str
  action:
    description:
      - V(follow) waits for its end.
      - V(continue) lets it go on if it waits at a pause, then waits for its end.
      - V(rollback) turns back one that is under way. After one that has ended, it deploys the newest task definition
        that ran here successfully and has a lower revision than the family's newest one, so that a second
        V(rollback) changes nothing.
    type: str
    choices: [follow, continue, rollback]
    default: follow
  task_definition:
    description:
      - With O(action=rollback), the family:revision or ARN to go back to. Unset takes the last good one, which AWS
        knows for 90 days.
    type: str
attributes:
  check_mode:
    description: Reads only.
    support: full
  diff_mode:
    description: Shows the pause that ends, the status, or the task definition.
    support: full
  idempotent:
    description: What was continued or taken back already is followed, and nothing is changed.
    support: full
extends_documentation_fragment:
  - replatform.aws.deployment
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Deploy, and come back when test traffic reaches the new revision
  replatform.aws.ecs_service:
    cluster: database-api-prod
    name: database-api-prod
    task_definition: database-api-prod
    deployment_configuration:
      strategy: BLUE_GREEN
      bake_time_in_minutes: 5
      lifecycle_hooks:
        - target_type: PAUSE
          lifecycle_stages: [POST_TEST_TRAFFIC_SHIFT]
          timeout_configuration: {timeout_in_minutes: 30, action: ROLLBACK}
    on_pause: return
  register: deployed

- name: Hold the new revision against the old one, then let it go on or take it back
  when: deployed.pause is defined
  block:
    - name: Through the test listener
      replatform.aws.application_check:
        url: https://test.example.com
        reference_url: https://www.example.com
        checks:
          - {name: list, path: /api/documents, same: true}
    - name: Go on
      replatform.aws.ecs_service_deployment:
        cluster: database-api-prod
        service: database-api-prod
        action: continue
  rescue:
    - name: Take it back
      replatform.aws.ecs_service_deployment:
        cluster: database-api-prod
        service: database-api-prod
        action: rollback
"""

RETURN = r"""
service_deployment:
  description: ARN of the service deployment; empty if the service has none.
  type: str
  returned: success
status:
  description: Its status as DescribeServiceDeployments names it, such as V(SUCCESSFUL) or V(ROLLBACK_SUCCESSFUL).
  type: str
  returned: success
task_definition:
  description: What the service was taken back to; empty where ECS itself turned the deployment back.
  type: str
  returned: if O(action=rollback)
pause:
  description: The pause, as C(service_deployment), C(hook_id), C(stage), C(expires_at) and C(timeout_action).
  type: dict
  returned: when it waits at one
seconds:
  description: How long it was followed.
  type: float
  returned: success
end:
  description: How the deployment ended, V(failed), V(rolled_back), V(stopped) or V(timed_out).
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
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service_action import (
    Target,
    follow,
    go_on,
    roll_back,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service_options import WAITING

ARGUMENTS = {
    "cluster": {"type": "str", "required": True},
    "service": {"type": "str", "required": True},
    "service_deployment": {"type": "str"},
    "action": {"type": "str", "choices": ["follow", "continue", "rollback"], "default": "follow"},
    "task_definition": {"type": "str"},
    **WAITING,
}


def main() -> None:
    """Act, and follow what that starts."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options, check_mode = module.params, module.check_mode
    clients = Clients(Connection.from_params(options))
    target = Target(
        options["cluster"],
        options["service"],
        options["service_deployment"] or "",
        options["task_definition"] or "",
    )
    patience = waiting(options, options["service"], check_mode=check_mode)
    try:
        if options["action"] == "rollback":
            done = roll_back(clients, target, patience, check_mode=check_mode)
        elif options["action"] == "continue":
            done = go_on(clients, target, patience, check_mode=check_mode)
        else:
            done = follow(clients, target, patience)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(
        changed=done.changed,
        service_deployment=done.arn,
        status=done.status,
        task_definition=done.task_definition,
        seconds=round(done.seconds, 1),
        diff=done.diff,
        **({"pause": done.pause.as_dict()} if done.pause else {}),
    )


if __name__ == "__main__":
    main()
