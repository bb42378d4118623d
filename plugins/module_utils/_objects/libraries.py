# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The libraries that this store needs, and whether they are there: a module says so in one message."""

from __future__ import annotations

import traceback
from typing import Any

aiohttp: Any = None
checksums: Any = None
yarl: Any = None
botocore_auth: Any = None
botocore_awsrequest: Any = None
botocore_session: Any = None
botocore_credentials: Any = None
botocore_exceptions: Any = None
MISSING = ""
"""The traceback of the import that failed, or empty."""
try:
    import aiohttp
    import botocore.auth as botocore_auth
    import botocore.awsrequest as botocore_awsrequest
    import botocore.credentials as botocore_credentials
    import botocore.exceptions as botocore_exceptions
    import botocore.session as botocore_session
    import yarl
    from awscrt import checksums as awscrt_checksums

    checksums = awscrt_checksums
except ImportError:
    MISSING = traceback.format_exc()

__all__ = [
    "MISSING",
    "aiohttp",
    "botocore_auth",
    "botocore_awsrequest",
    "botocore_credentials",
    "botocore_exceptions",
    "botocore_session",
    "yarl",
]
