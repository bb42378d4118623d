# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options that the modules share which follow a deployment of an ECS service."""

from __future__ import annotations


class ModuleDocFragment:
    """How long, and what to do at a pause."""

    DOCUMENTATION = r"""
options:
  wait:
    description: Whether to follow what was started, or is under way, to its end.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to follow it for.
    type: int
    default: 900
  wait_interval:
    description: Seconds between two looks.
    type: int
    default: 5
  on_pause:
    description:
      - What to do when the deployment waits at a pause hook.
      - V(wait) goes on waiting for somebody to let it go on, or for its time to be up.
      - V(return) ends there, successfully, with RV(pause) set. M(replatform.aws.ecs_service_deployment) lets it go on.
    type: str
    choices: [wait, return]
    default: wait
  run_dir:
    description: Folder in which progress is written for the callback C(replatform.aws.progress). Unset writes none.
    type: path
"""
