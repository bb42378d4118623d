"""Bearer tokens (JWT)."""

from __future__ import annotations

import datetime

import jwt

from .settings import TokenSettings


class Tokens:
    def __init__(self, settings: TokenSettings) -> None:
        self._settings = settings

    @property
    def seconds(self) -> int:
        return self._settings.expire_minutes * 60

    def issue(self, username: str) -> str:
        now = datetime.datetime.now(datetime.UTC)
        claims = {"sub": username, "iat": now, "exp": now + datetime.timedelta(seconds=self.seconds)}
        return jwt.encode(claims, self._settings.secret_key, algorithm=self._settings.algorithm)

    def username(self, token: str) -> str | None:
        """Who the token was issued to; None when it is forged, expired or malformed."""
        try:
            claims = jwt.decode(
                token,
                self._settings.secret_key,
                algorithms=[self._settings.algorithm],
                options={"require": ["exp", "sub"]},
            )
        except jwt.PyJWTError:
            return None
        return str(claims["sub"])
