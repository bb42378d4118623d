# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a store of the target answers, and where to dial when the way there is a forwarded port."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError


@dataclass(frozen=True)
class Endpoint:
    """`host` is the name that the certificate has; `dial` is host:port of a forwarded port, or None."""

    host: str
    port: int
    dial: str | None = None

    def address(self) -> tuple[str, int]:
        """What to connect to. Raises AwsError when `dial` is no host:port."""
        if not self.dial:
            return self.host, self.port
        host, colon, port = self.dial.rpartition(":")
        if not colon or not port.isdigit():
            raise AwsError("connect_to is not host:port", self.dial, "write it as 127.0.0.1:15432, say.")
        return host, int(port)


class AccessError(AwsError):
    """A store refused or could not be reached. Never carries a password."""
