#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_task_definition_render
short_description: Turns a compose project into ECS task definitions that lose nothing
version_added: 0.1.0
description:
  - Reads a compose project as C(docker compose) itself does and returns requests for RegisterTaskDefinition, with a
    ledger that accounts for every key of the project. Nothing is called in AWS and nothing is changed.
  - A key that is not known, or whose effect Fargate cannot give, stops the run, unless its loss is accepted in
    O(overrides). All that has to be decided is told in one list.
  - The result is checked against botocore's model and the rules of Fargate.
author:
  - The replatform.aws authors (@replatform)
options:
  family:
    description: Family of the task definition C(main); others get C(-task) appended. Unset takes the project's name.
    type: str
  execution_role_arn:
    description: Role with which ECS pulls the image, reads the secrets and writes the logs.
    type: str
  task_role_arn:
    description: Role of the application. It takes the place of access keys, which are left out.
    type: str
  log_group:
    description: CloudWatch log group. Unset writes no log configuration.
    type: str
  log_region:
    description: Region of the log group. Required with O(log_group).
    type: str
  images:
    description: The images that were pushed, service to image by digest; as C(image) in O(overrides), which wins.
    type: dict
    default: {}
  tags:
    description: Tags of the task definitions.
    type: dict
    default: {}
  secret_versions:
    description:
      - Names of secrets to the ids of their versions, as M(replatform.aws.compose_secrets) returns them. Each becomes a
        tag, so that a new version makes a new revision, whose diff names the secret. Where there are more than a task
        definition has tags, they become one.
    type: dict
    default: {}
attributes:
  check_mode:
    description: Runs the same; nothing is ever changed.
    support: full
  diff_mode:
    description: There is nothing to compare with.
    support: none
  idempotent:
    description: The same project and options give the same result.
    support: full
extends_documentation_fragment:
  - replatform.aws.compose
  - replatform.aws.compose.decisions
"""

EXAMPLES = r"""
- name: The task definition of the compose project
  replatform.aws.ecs_task_definition_render:
    project_src: /srv/database-api
    family: database-api-prod
    execution_role_arn: arn:aws:iam::123456789012:role/replatform/prod/database-api-prod-execution
    task_role_arn: arn:aws:iam::123456789012:role/replatform/prod/database-api-prod-task
    log_group: /replatform/prod/database-api
    log_region: ap-northeast-2
    endpoints:
      rds: {host: db.example.internal, port: 5432}
      opensearch: {host: search.example.internal, port: 443, scheme: https}
    images:
      app: "{{ pushed.image }}"
    overrides:
      app:
        environment:
          AWS_S3_REGION: ap-northeast-2
    secrets: "{{ written.secrets }}"
    secret_versions: "{{ written.versions }}"
  register: rendered

- name: Register it
  replatform.aws.ecs_task_definition:
    definition: "{{ rendered.task_definitions[0] }}"
"""

RETURN = r"""
task_definitions:
  description: Requests of RegisterTaskDefinition, the one of the task C(main) first.
  type: list
  elements: dict
  returned: success
ledger:
  description: One entry for every key of the project. Never contains a value of the environment.
  type: list
  elements: dict
  returned: success
  contains:
    service:
      description: The compose service; empty for keys of the project.
      type: str
    path:
      description: The key, relative to the service; empty for the service as a whole.
      type: str
    fate:
      description: V(mapped), V(replaced), V(without_effect) or V(refused).
      type: str
    target:
      description: Member of the task definition, or the managed service.
      type: str
    reason:
      description: Why, and what differs.
      type: str
problems:
  description: What has to be decided, as in the message.
  type: list
  elements: str
  returned: when the project cannot become a task definition as it is
"""

from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import (
    DECISION_OPTIONS,
    PROJECT_OPTIONS,
    ProjectSource,
    read_project,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.fargate import model
from ansible_collections.replatform.aws.plugins.module_utils._ecs.render import Request, render

ARGUMENTS = {
    **PROJECT_OPTIONS,
    **DECISION_OPTIONS,
    "family": {"type": "str"},
    "execution_role_arn": {"type": "str"},
    "task_role_arn": {"type": "str"},
    "log_group": {"type": "str"},
    "log_region": {"type": "str"},
    "images": {"type": "dict", "default": {}},
    "tags": {"type": "dict", "default": {}},
    "secret_versions": {"type": "dict", "default": {}, "no_log": False},  # ids, no values
}


def main() -> None:
    """Read the project and render it."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS, supports_check_mode=True, required_by={"log_group": ("log_region",)}
    )
    try:
        with ThreadPoolExecutor(1) as beside:
            beside.submit(model)  # takes as long to read as compose does; a failure is told where it is used
            project = read_project(ProjectSource.from_params(module.params))
        rendered = render(project, Request.from_params(module.params))
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    for warning in rendered.warnings:
        module.warn(warning)
    module.exit_json(changed=False, task_definitions=rendered.task_definitions, ledger=rendered.ledger)


if __name__ == "__main__":
    main()
