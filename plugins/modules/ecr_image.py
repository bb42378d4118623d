#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_image
short_description: A local image in an ECR repository, referred to by digest
version_added: 0.1.0
description:
  - Looks the tag up in ECR first; only if it is not there, the local image is pushed through the Docker API.
  - The registry's token is asked from ECR and given to the engine with the push alone.
    C(community.docker.docker_login) would leave it in a file, and no stock module asks ECR for it.
author:
  - The replatform.aws authors (@replatform)
options:
  repository:
    description: Name of the ECR repository, which has to exist.
    type: str
    required: true
  tag:
    description:
      - Tag of the image in ECR. Take one that changes with the source, such as M(replatform.aws.compose_images_info)
        returns.
    type: str
    required: true
  source:
    description: Name of the local image, with its tag. It need not be there if O(tag) is in ECR already.
    type: str
    required: true
  registry:
    description: Where the engine pushes to, host and port. Unset takes the address that ECR names.
    type: str
attributes:
  check_mode:
    description: Reads only.
    support: full
  diff_mode:
    description: Shows the digest.
    support: full
  idempotent:
    description: What is in ECR is not pushed again.
    support: full
requirements:
  - "the Python package docker, and an engine at C(DOCKER_HOST)"
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The image is in ECR
  replatform.aws.ecr_image:
    repository: database-api-prod
    tag: "{{ images.images[0].tag }}"
    source: "database-api:{{ images.images[0].tag }}"
  register: pushed
"""

RETURN = r"""
image:
  description: The image by digest, C(<repository uri>@sha256:…); the uri and tag in check mode if it would be pushed.
  type: str
  returned: success
digest:
  description: The digest; empty in check mode if the image would be pushed.
  type: str
  returned: success
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.diff import ansible_diff
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.images import in_repository, push, repository_uri

ARGUMENTS = {
    "repository": {"type": "str", "required": True},
    "tag": {"type": "str", "required": True},
    "source": {"type": "str", "required": True},
    "registry": {"type": "str"},
}


def main() -> None:
    """Look in ECR, push what is missing."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    repository, tag = options["repository"], options["tag"]
    try:
        ecr = make_client("ecr", Connection.from_params(options))
        before = digest = in_repository(ecr, repository, tag)
        if not digest and not module.check_mode:
            digest = push(ecr, options["source"], repository, tag, options["registry"] or "")
        uri = repository_uri(ecr, repository) or repository
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(
        changed=not before,
        digest=digest,
        image=f"{uri}@{digest}" if digest else f"{uri}:{tag}",
        diff=ansible_diff({"digest": before}, {"digest": digest or "(pushed)"}, f"image {repository}:{tag}"),
    )


if __name__ == "__main__":
    main()
