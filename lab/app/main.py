"""The application: `uvicorn lab.app.main:app` in the checkout, `uvicorn app.main:app` in the image."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from .api import Services, router
from .cleanup import CleanupService
from .documents import Documents
from .errors import DocumentExistsError, DocumentMissingError, StoreError
from .objects import ObjectStore
from .postgresql import PostgresStore
from .search import SearchStore
from .settings import Settings, SettingsError, load
from .tokens import Tokens

LOG = logging.getLogger("app")


def create_app(settings: Settings) -> FastAPI:
    # The clients' own debug output holds headers, which hold credentials: APP_DEBUG is for our messages only.
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("app").setLevel(logging.DEBUG if settings.debug else logging.INFO)
    for name in ("opensearch", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.ERROR)
    app = FastAPI(
        title="documents",
        lifespan=_lifespan,
        docs_url="/docs" if settings.debug else None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.debug else None,
    )
    app.state.settings = settings
    app.include_router(router)
    app.add_exception_handler(StoreError, _store_failed)
    app.add_exception_handler(DocumentExistsError, _exists)
    app.add_exception_handler(DocumentMissingError, _missing)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    postgres, objects = PostgresStore(settings.postgres), ObjectStore(settings.objects)
    search = SearchStore(settings.search)
    documents, tokens = Documents(postgres, objects, search), Tokens(settings.token)
    app.state.services = Services(postgres, objects, search, documents, tokens)
    postgres.open()
    if settings.makes_its_stores:
        for store in (postgres, objects, search):
            try:
                await run_in_threadpool(store.ensure)
            except StoreError as error:
                LOG.warning("Could not prepare a store (%s); the health check will say when it answers.", error)
    cleanup = CleanupService(settings.cleanup, postgres, objects, search)
    cleanup.start()
    yield
    await run_in_threadpool(cleanup.stop)
    postgres.close()


async def _store_failed(request: Request, error: Exception) -> JSONResponse:
    LOG.error("%s %s failed: %s", request.method, request.url.path, error)
    store = error.store if isinstance(error, StoreError) else "unknown"
    return JSONResponse({"detail": f"The store {store!r} does not answer as it should; see the log."}, 503)


async def _exists(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": f"A document named {str(error)!r} is there already; delete it first."}, 409)


async def _missing(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 404)


def _settings() -> Settings:
    try:
        return load(os.environ)
    except SettingsError as error:
        raise SystemExit(str(error)) from error


app = create_app(_settings())
