# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options that the PostgreSQL modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Source and target, and what the copy and the comparison have to agree on."""

    DOCUMENTATION = r"""
options:
  source:
    description:
      - The database to copy from. It is only ever read, under one snapshot that is held until the end.
      - The user needs to read all of it, such as a member of C(pg_read_all_data).
    type: dict
    required: true
    suboptions:
      host:
        description: Host name of the server, as its certificate has it.
        type: str
        required: true
      port:
        description: Port of the server.
        type: int
        default: 5432
      user:
        description: The user to log in as.
        type: str
        required: true
      password:
        description:
          - A literal, or a reference (C(env://NAME), C(file:///path), C(secretsmanager://<arn-or-name>#<key>)).
          - Give references. Ansible censors every string of the output that is equal to a literal.
        type: str
      dbname:
        description: The database.
        type: str
        required: true
      sslmode:
        description: As libpq has it.
        type: str
        choices: [disable, prefer, require, verify-ca, verify-full]
        default: prefer
      sslrootcert:
        description:
          - File of the authorities that may have signed the server's certificate (for RDS the region's bundle).
          - Unset means the system's.
        type: path
      connect_to:
        description:
          - Where to dial (host:port) when the server is reached through a forwarded port.
          - The certificate is still held against O(source.host).
        type: str
  target:
    description: The database to copy to. The user need not be a superuser; it has to own what it writes to.
    type: dict
    required: true
    suboptions:
      host:
        description: Host name of the server, as its certificate has it.
        type: str
        required: true
      port:
        description: Port of the server.
        type: int
        default: 5432
      user:
        description: The user to log in as.
        type: str
        required: true
      password:
        description:
          - A literal, or a reference (C(env://NAME), C(file:///path), C(secretsmanager://<arn-or-name>#<key>)).
          - Give references. Ansible censors every string of the output that is equal to a literal.
        type: str
      dbname:
        description: The database.
        type: str
        required: true
      sslmode:
        description: As libpq has it.
        type: str
        choices: [disable, prefer, require, verify-ca, verify-full]
        default: verify-full
      sslrootcert:
        description:
          - File of the authorities that may have signed the server's certificate (for RDS the region's bundle).
          - Unset means the system's.
        type: path
      connect_to:
        description:
          - Where to dial (host:port) when the server is reached through a forwarded port.
          - The certificate is still held against O(target.host).
        type: str
  owner:
    description:
      - Role that owns, or shall own, the objects on the target. The target's user has to be a member of it.
      - Unset means the target's user itself.
    type: str
  split_bytes:
    description:
      - A table larger than this many bytes is copied in parts of about this size, if one integer column is its key.
    type: int
    default: 1073741824
requirements:
  - asyncpg >= 0.30
  - psycopg >= 3.2
"""
