# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The images of a compose project: what has to be built, and a tag that changes exactly when its source does."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError, CallError, calling, error_code
from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import Project
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Decisions, choices

# Keys of `build` that only say how fast, or under which name.
_NO_MATTER = {"cache_from", "cache_to", "no_cache", "pull", "provenance", "sbom", "tags", "shm_size"}
_USED = {"context", "dockerfile", "args", "target", "network", "labels", "platforms"}
# Never worth a new image, whatever .dockerignore says.
_ALWAYS_OUT = ["**/__pycache__", "**/.git", "**/.DS_Store"]


class ImageError(AwsError):
    """An image cannot be built, found or pushed."""


@dataclass(frozen=True)
class Build:
    """One image to build, in the words of community.docker.docker_image. dockerfile is relative to context.

    user: as whom the container runs, by the compose service or the Dockerfile; "" where neither says it.
    """

    service: str
    context: str
    dockerfile: str
    args: dict[str, str]
    target: str | None
    network: str | None
    labels: dict[str, str]
    platform: str | None
    user: str = ""
    tag: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def library(name: str) -> Any:
    """A part of the Docker SDK for Python, or an ImageError that says how to get it."""
    try:
        return import_module(name)
    except ImportError as error:
        raise ImageError(
            "the Python library docker is missing",
            "the Python that runs this task",
            "install the collection's requirements/control.txt into the interpreter that Ansible uses.",
        ) from error


def builds(project: Project, decisions: Decisions) -> list[Build]:
    """Every container of the project that has a `build`, with the tag of its source."""
    chosen = choices(project.services, decisions)
    found = []
    for name, model in project.services.items():
        if chosen[name].role == "container" and model.get("build"):
            build = _build(name, model["build"], model.get("platform"))
            user = str(model.get("user") or "") or dockerfile_user(build)
            found.append(Build(**{**build.as_dict(), "tag": source_tag(build), "user": user}))
    return found


def _build(service: str, given: Mapping[str, Any], platform: str | None) -> Build:
    where = f"services.{service}.build"
    unknown = sorted(key for key in given if key not in _USED | _NO_MATTER and not key.startswith("x-"))
    if unknown:
        raise ImageError(
            f"the image cannot be built by the Docker API alone: {', '.join(unknown)}",
            where,
            f"build and push it with your own tool, and name it in overrides.{service}.image.",
        )
    platforms = given.get("platforms") or ([platform] if platform else [])
    return Build(
        service=service,
        context=str(given["context"]),
        dockerfile=str(given.get("dockerfile") or "Dockerfile"),
        args={key: value for key, value in (given.get("args") or {}).items() if value is not None},
        target=given.get("target"),
        network=given.get("network"),
        labels=dict(given.get("labels") or {}),
        platform=str(platforms[0]) if platforms else None,
    )


def dockerfile_user(build: Build) -> str:
    """The user of the stage that is built; "" where the base image decides, or a variable that only the build knows."""
    path = Path(build.context) / build.dockerfile
    users: dict[str, str] = {}
    stage = ""
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        instruction, *words = line.split() or [""]
        if instruction.upper() == "FROM":
            if stage and stage == (build.target or "").lower():
                break
            base, *named = [word.lower() for word in words if not word.startswith("--")]
            stage = named[-1] if named else ""
            users[stage] = users.get(base, "")
        elif instruction.upper() == "USER":
            users[stage] = "" if "$" in words[0] else words[0]
    return users.get(stage, "")


def source_tag(build: Build) -> str:
    """`src-` and a hash of all that goes into the image: names, contents and modes of files, and the options."""
    context = Path(build.context)
    if not context.is_dir():
        raise ImageError("the build context is no folder here", str(context), "correct build.context.")
    options = {key: value for key, value in build.as_dict().items() if key != "user"}  # the Dockerfile says it already
    digest = hashlib.sha256(json.dumps({**options, "context": "", "tag": ""}, sort_keys=True).encode())
    for name in sorted(_context_files(context, build.dockerfile)):
        digest.update(f"\0{name}\0".encode())
        digest.update(_content(context / name))
    return f"src-{digest.hexdigest()[:20]}"


def _context_files(context: Path, dockerfile: str) -> Iterator[str]:
    ignore = context / ".dockerignore"
    own = context / f"{dockerfile}.dockerignore"
    chosen = own if own.is_file() else ignore
    lines = chosen.read_text(encoding="utf-8").splitlines() if chosen.is_file() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
    found: set[str] = library("docker.utils.build").exclude_paths(str(context), patterns + _ALWAYS_OUT, dockerfile)
    yield from (name for name in found if not (context / name).is_dir() or (context / name).is_symlink())


def _content(path: Path) -> bytes:
    if path.is_symlink():
        return b"link " + str(path.readlink()).encode()
    executable = path.stat().st_mode & stat.S_IXUSR
    return (b"x" if executable else b"-") + hashlib.sha256(path.read_bytes()).digest()


def in_repository(ecr: Any, repository: str, tag: str) -> str:
    """The digest of an image in ECR; '' if the repository or the tag is not there."""
    try:
        with calling(f"DescribeImages of {repository}:{tag}"):
            found = ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
    except CallError as error:
        if error_code(error) in ("ImageNotFoundException", "RepositoryNotFoundException"):
            return ""
        raise
    details = found["imageDetails"]
    return str(details[0]["imageDigest"]) if details else ""


def repository_uri(ecr: Any, repository: str) -> str:
    """The repository's address; '' if there is no such repository."""
    try:
        with calling(f"DescribeRepositories of {repository}"):
            return str(ecr.describe_repositories(repositoryNames=[repository])["repositories"][0]["repositoryUri"])
    except CallError as error:
        if error_code(error) == "RepositoryNotFoundException":
            return ""
        raise


def push(ecr: Any, source: str, repository: str, tag: str, registry: str) -> str:
    """Pushes a local image; the digest as ECR knows it. The token goes to the engine in a header, nowhere else."""
    errors = library("docker.errors")
    with calling("GetAuthorizationToken"):
        data = ecr.get_authorization_token()["authorizationData"][0]
    user, _colon, password = _decoded(data["authorizationToken"])
    address = registry or data["proxyEndpoint"].partition("://")[2].rstrip("/")
    target = f"{address}/{repository}"
    try:
        engine = library("docker").from_env(timeout=600)
        engine.images.get(source).tag(target, tag=tag)
        lines = engine.api.push(
            target, tag=tag, auth_config={"username": user, "password": password}, stream=True, decode=True
        )
        problem = next((line["error"] for line in lines if line.get("error")), "")
        engine.images.remove(f"{target}:{tag}", noprune=True)  # the name only; the image keeps its own
    except errors.DockerException as error:
        problem = str(error)
    if problem:
        raise ImageError(
            f"the push failed: {problem}",
            f"{source} to {target}:{tag}",
            "check DOCKER_HOST, that the image was built there, and that the engine may reach the registry.",
        )
    digest = in_repository(ecr, repository, tag)
    if not digest:
        raise ImageError("the image was pushed but ECR does not list it", f"{repository}:{tag}", "run it again.")
    return digest


def _decoded(token: str) -> tuple[str, str, str]:
    return base64.b64decode(token).decode().partition(":")
