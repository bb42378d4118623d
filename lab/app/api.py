"""The HTTP interface."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, HTTPException, Request, UploadFile
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from .documents import Documents, Upload
from .errors import StoreError
from .objects import ObjectStore
from .passwords import hash_password, verify_password
from .postgresql import PostgresStore
from .search import SearchStore
from .tokens import Tokens

LOG = logging.getLogger("app.api")
MAX_UPLOAD = 50 * 1024 * 1024
MAX_NAME_BYTES = 255
# Checked where the user is unknown, so that the answer takes as long as for a wrong password.
NOBODY = hash_password("nobody")

router = APIRouter(prefix="/api")
bearer = OAuth2PasswordBearer(tokenUrl="/api/login")


@dataclass(frozen=True)
class Services:
    """What the endpoints work with; main.py puts one into `app.state.services`."""

    postgres: PostgresStore
    objects: ObjectStore
    search: SearchStore
    documents: Documents
    tokens: Tokens


class Credentials(BaseModel):
    username: str = Field(min_length=1)
    password: str = Field(min_length=1)


class Query(BaseModel):
    query: str = Field(min_length=1)
    size: int = Field(default=10, ge=1, le=100)


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


ServicesOf = Annotated[Services, Depends(services)]


def current_user(token: Annotated[str, Depends(bearer)], app: ServicesOf) -> str:
    username = app.tokens.username(token)
    if username is None:
        raise HTTPException(401, "The token is not valid or has expired.", {"WWW-Authenticate": "Bearer"})
    return username


User = Annotated[str, Depends(current_user)]


@router.post("/login")
async def login(request: Request, app: ServicesOf) -> dict[str, Any]:
    """Take an OAuth2 password form, or JSON of the same two fields; answer a bearer token."""
    try:
        is_json = request.headers.get("content-type", "").startswith("application/json")
        given = Credentials.model_validate(await request.json() if is_json else dict(await request.form()))
    except (ValidationError, ValueError) as error:
        raise HTTPException(422, "Send username and password, as a form or as JSON.") from error
    stored = await run_in_threadpool(app.postgres.password_hash, given.username)
    right = await run_in_threadpool(verify_password, given.password, stored or NOBODY)
    if stored is None or not right:
        raise HTTPException(401, "Wrong user name or password.", {"WWW-Authenticate": "Bearer"})
    return {"access_token": app.tokens.issue(given.username), "token_type": "bearer", "expires_in": app.tokens.seconds}


@router.get("/health")
def health(app: ServicesOf) -> JSONResponse:
    """The state of each store; 200 only when all are well."""
    checks: dict[str, Callable[[], None]] = {
        "postgresql": app.postgres.check,
        "objects": app.objects.check,
        "search": app.search.check,
    }
    with ThreadPoolExecutor(len(checks)) as pool:
        states = dict(zip(checks, pool.map(_state, checks.values()), strict=True))
    well = all(state == "ok" for state in states.values())
    return JSONResponse({"status": "ok" if well else "degraded", "stores": states}, 200 if well else 503)


def _state(check: Callable[[], None]) -> str:
    try:
        check()
    except StoreError as error:
        # The reason names hosts and users: it belongs in the log, not in an answer that anybody may read.
        LOG.warning("Health: %s", error)
        return "unavailable"
    return "ok"


@router.post("/admin/upload-document", status_code=201)
def upload_document(file: Annotated[UploadFile, File()], user: User, app: ServicesOf) -> dict[str, Any]:
    """Store one file in all three stores; 409 when the name is taken."""
    name = file.filename or ""
    if not name or "/" in name or name in (".", "..") or len(name.encode()) > MAX_NAME_BYTES or not name.isprintable():
        raise HTTPException(422, f"A file name of 1 to {MAX_NAME_BYTES} printable bytes without a slash is needed.")
    body = file.file.read(MAX_UPLOAD + 1)
    if len(body) > MAX_UPLOAD:
        raise HTTPException(413, f"The file is larger than {MAX_UPLOAD} bytes.")
    content_type = file.content_type or "application/octet-stream"
    return asdict(app.documents.add(Upload(name, content_type, body, user)))


@router.delete("/admin/documents/{name}")
def delete_document(name: str, user: User, app: ServicesOf, object_version: str | None = None) -> dict[str, Any]:
    """Take a document out of all three stores; with `object_version` (the upload's answer has it) no trace stays."""
    document = app.documents.remove(name, object_version)
    LOG.info("User %s removed document %d.", user, document.id)
    return {"id": document.id, "name": document.name, "object_key": document.object_key}


@router.get("/documents/download/{name}")
def download(name: str, app: ServicesOf) -> StreamingResponse:
    document, pieces = app.documents.read(name)
    # As a header and not as media_type, which adds a charset that nobody stored.
    headers = {
        "Content-Type": document.content_type,
        "Content-Length": str(document.size_bytes),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.name, safe='')}",
        "ETag": f'"{document.sha256}"',
    }
    return StreamingResponse(pieces, headers=headers)


@router.post("/search")
def search(query: Query, app: ServicesOf) -> dict[str, Any]:
    return app.search.find(query.query, query.size)
