"""Prints, as JSON by name, what AWS answers. The argument is JSON: {name: [service, operation, arguments]}.

A fourth element is the address of a source that speaks S3, with the credentials of the lab's own.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import boto3


def answer(service: str, operation: str, given: dict[str, Any], source: str = "") -> dict[str, Any]:
    make: Any = boto3.client
    keys = ("aws_access_key_id", "MINIO_ROOT_USER"), ("aws_secret_access_key", "MINIO_ROOT_PASSWORD")
    own = {"endpoint_url": source, **{name: os.environ[variable] for name, variable in keys}} if source else {}
    found: dict[str, Any] = getattr(make(service, **own), operation)(**given)
    found.pop("ResponseMetadata")
    return found


calls = json.loads(sys.argv[1])
print(json.dumps({name: answer(*call) for name, call in calls.items()}, default=str))
