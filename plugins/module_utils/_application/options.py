# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of application_check, and the check that they ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._application.check import (
    Check,
    Login,
    Upload,
    run_checks,
    run_upload,
    wait_until_ready,
)
from ansible_collections.replatform.aws.plugins.module_utils._application.client import ApplicationError, Client
from ansible_collections.replatform.aws.plugins.module_utils._aws.references import resolve


def argument_spec() -> dict[str, Any]:
    """The module's options, as its documentation says."""
    login = {
        "path": {"type": "str", "default": "/api/login"},
        "username": {"type": "str", "required": True},
        "password": {"type": "str", "required": True, "no_log": True},
        "format": {"type": "str", "choices": ["form", "json"], "default": "form"},
        "token": {"type": "str", "default": "access_token", "no_log": False},
    }
    check = {
        "name": {"type": "str", "required": True},
        "path": {"type": "str", "required": True},
        "method": {"type": "str", "default": "GET"},
        "json": {"type": "raw"},
        "status": {"type": "int", "default": 200},
        "contains": {"type": "str", "default": ""},
        "same": {"type": "bool", "default": False},
        "login": {"type": "bool", "default": False},
    }
    upload = {
        "path": {"type": "str", "default": "/api/admin/upload-document"},
        "field": {"type": "str", "default": "file"},
        "name": {"type": "str", "default": "replatform-smoke.txt"},
        "download_path": {"type": "str", "default": "/api/documents/download/{name}"},
        "search_path": {"type": "str", "default": "/api/search"},
        "delete_path": {"type": "str", "default": "/api/admin/documents/{name}"},
    }
    return {
        "url": {"type": "str", "required": True},
        "connect_to": {"type": "str", "default": ""},
        "ca_path": {"type": "path"},
        "timeout": {"type": "float", "default": 10},
        "ready_path": {"type": "str", "default": "/api/health"},
        "ready_timeout": {"type": "float", "default": 120},
        "reference_url": {"type": "str"},
        "login": {"type": "dict", "options": login},
        "checks": {"type": "list", "elements": "dict", "default": [], "options": check},
        "upload": {"type": "dict", "options": upload},
    }


def examine(params: dict[str, Any], hide: Callable[[str], None], check_mode: bool) -> dict[str, Any]:
    """Do what the options ask for, in check mode without the upload. `hide` is told each secret: no output shows it."""
    timeout = params["timeout"]
    client = Client(params["url"], connect_to=params["connect_to"], ca_path=params["ca_path"] or "", timeout=timeout)
    reference = Client(params["reference_url"], timeout=timeout) if params["reference_url"] else None
    login = None
    if params["login"]:
        login = Login(**(params["login"] | {"password": resolve(params["login"]["password"])}))
        hide(login.password)
    checks = [Check(**check) for check in params["checks"]]
    if any(check.same for check in checks) and not reference:
        raise ApplicationError("A check has same: true, but reference_url says nothing to compare with: set it.")
    if params["upload"] and not login:
        raise ApplicationError("upload needs a user who may upload: set login.")
    ready = wait_until_ready(client, params["ready_path"], params["ready_timeout"])
    results = run_checks(client, checks, login, reference)
    if params["upload"] and login and not check_mode and all(result["ok"] for result in results):
        results += run_upload(client, Upload(**params["upload"]), login)
    return {"ready_seconds": round(ready, 3), "checks": results}
