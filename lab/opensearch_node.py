"""How an OpenSearch node is started and secured: shared by the test servers and the stand-in images."""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from lab.components import ComponentError
from lab.components.build import program

SALT_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# bcrypt's cost: OpenSearch caches a login, but the tests log in often.
COST = 8

# What the distribution's own launcher passes for 2.x, without its two extra Java starts.
JVM_FLAGS = (
    "-XX:+UseG1GC",
    "-XX:G1ReservePercent=25",
    "-XX:InitiatingHeapOccupancyPercent=30",
    "-Xss1m",
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF-8",
    "-Djna.nosys=true",
    "-XX:-OmitStackTraceInFastThrow",
    "-Dio.netty.noUnsafe=true",
    "-Dio.netty.noKeySetOptimization=true",
    "-Dio.netty.recycler.maxCapacityPerThread=0",
    "-Dio.netty.allocator.numDirectArenas=0",
    "-Dlog4j.shutdownHookEnabled=false",
    "-Dlog4j2.disable.jmx=true",
    "-Djava.locale.providers=SPI,COMPAT",
    "-Djava.security.manager=allow",
    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory=org.opensearch.secure_sm.SecuredForkJoinWorkerThreadFactory",
    "-Dopensearch.networkaddress.cache.ttl=60",
    "-Dopensearch.networkaddress.cache.negative.ttl=10",
    "-Dopensearch.distribution.type=zip",
    "-Dopensearch.bundled_jdk=false",
)
MAIN_CLASS = "org.opensearch.bootstrap.OpenSearch"


def java_17() -> str:
    """A Java 17: OpenSearch 2.x runs under Java's security manager, which newer Javas have lost."""
    for candidate in sorted(Path("/usr/lib/jvm").glob("*17*/bin/java")):
        return str(candidate)
    program("java", "openjdk-17-jdk-headless")
    for candidate in sorted(Path("/usr/lib/jvm").glob("*17*/bin/java")):
        return str(candidate)
    raise ComponentError(
        "OpenSearch 2.x needs Java 17, which is not below /usr/lib/jvm. "
        "Install it: sudo apt-get install -y --no-install-recommends openjdk-17-jdk-headless"
    )


def bcrypt(password: str) -> str:
    """The hash that the security plugin's internal users carry; computed by the C library's crypt(3)."""
    library = ctypes.CDLL(ctypes.util.find_library("crypt") or "libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    salt = f"$2b${COST:02d}$" + "".join(secrets.choice(SALT_ALPHABET) for _place in range(21)) + "."
    hashed: bytes | None = library.crypt(password.encode(), salt.encode())
    if not hashed or not hashed.startswith(b"$2b$"):
        raise ComponentError("This machine's crypt(3) knows no bcrypt (glibc's libcrypt from libxcrypt does)")
    return hashed.decode()


def internal_users(users: Mapping[str, tuple[str, str]]) -> str:
    """internal_users.yml for {name: (password, backend role)}; JSON is YAML too, and quotes safely."""
    entries: dict[str, object] = {"_meta": {"type": "internalusers", "config_version": 2}}
    for name, (password, role) in users.items():
        entries[name] = {
            "hash": bcrypt(password),
            "reserved": False,
            "backend_roles": [role],
            "description": "made by the lab",
        }
    return "---\n" + json.dumps(entries, indent=2) + "\n"


def security_settings(certificate: str, key: str, ca: str) -> dict[str, object]:
    """opensearch.yml's part for the security plugin; paths are relative to the config folder, as it wants them."""
    settings: dict[str, object] = {
        "plugins.security.ssl.http.enabled": True,
        "plugins.security.ssl.transport.enforce_hostname_verification": False,
        "plugins.security.allow_default_init_securityindex": True,
        "plugins.security.authcz.admin_dn": ["CN=lab-admin"],
        "plugins.security.restapi.roles_enabled": ["all_access", "security_rest_api_access"],
        "plugins.security.system_indices.enabled": True,
    }
    for layer in ("transport", "http"):
        prefix = f"plugins.security.ssl.{layer}"
        settings |= {
            f"{prefix}.pemcert_filepath": certificate,
            f"{prefix}.pemkey_filepath": key,
            f"{prefix}.pemtrustedcas_filepath": ca,
        }
    return settings


def write_security(home: Path, config: Path, users: Mapping[str, tuple[str, str]]) -> None:
    """The security plugin's start configuration: its own files, with these users instead of the demo's."""
    target = config / "opensearch-security"
    shutil.copytree(home / "plugins" / "opensearch-security" / "config", target, dirs_exist_ok=True)
    target.joinpath("internal_users.yml").write_text(internal_users(users))


def write_settings(config: Path, settings: Mapping[str, object], name: str = "opensearch.yml") -> None:
    lines = (f"{key}: {json.dumps(value)}\n" for key, value in settings.items())
    config.joinpath(name).write_text("".join(lines))
