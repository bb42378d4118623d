#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: compose_images_info
short_description: Lists the images that a compose project builds, each with a tag made of its source
version_added: 0.1.0
description:
  - Reads the project and returns, for every service that becomes a container and has a C(build), what to build, in
    the words of M(community.docker.docker_image), and a tag.
  - The tag is a hash of the build context (what C(.dockerignore) lets through, without C(__pycache__) and C(.git)),
    the Dockerfile and the options of the build. The same source has the same tag on every machine.
author:
  - The replatform.aws authors (@replatform)
options:
  services:
    description:
      - What becomes of each compose service, as in M(replatform.aws.ecs_task_definition_render).
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
    description: The same source gives the same result.
    support: full
extends_documentation_fragment:
  - replatform.aws.compose
"""

EXAMPLES = r"""
- name: What has to be built
  replatform.aws.compose_images_info:
    project_src: /srv/database-api
  register: images
"""

RETURN = r"""
images:
  description: One entry for every image.
  type: list
  elements: dict
  returned: success
  contains:
    service:
      description: The compose service.
      type: str
    context:
      description: The build context.
      type: str
    dockerfile:
      description: The Dockerfile, relative to the context.
      type: str
    args:
      description: Build arguments.
      type: dict
    target:
      description: Stage to build; may be unset.
      type: str
    network:
      description: Network of the build; may be unset.
      type: str
    labels:
      description: Labels of the image.
      type: dict
    platform:
      description: Platform to build for; may be unset.
      type: str
    user:
      description: As whom the container runs, by the compose service or the Dockerfile; empty where neither says it.
      type: str
    tag:
      description: C(src-) and a hash of the source.
      type: str
users:
  description: The users that are known, by service, in the form of the option C(overrides) of
    M(replatform.aws.ecs_task_definition_render).
  type: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import (
    PROJECT_OPTIONS,
    ProjectSource,
    read_project,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.images import builds
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Decisions


def main() -> None:
    """Read the project and hash the sources."""
    module = AnsibleModule(
        argument_spec={**PROJECT_OPTIONS, "services": {"type": "dict", "default": {}}}, supports_check_mode=True
    )
    try:
        found = builds(
            read_project(ProjectSource.from_params(module.params)), Decisions(services=module.params["services"])
        )
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    users = {build.service: {"user": build.user} for build in found if build.user}
    module.exit_json(changed=False, images=[build.as_dict() for build in found], users=users)


if __name__ == "__main__":
    main()
