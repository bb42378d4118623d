# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The two ends of the OpenSearch modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Options source and target, and the requirements."""

    # One plain literal: the sanity tests read it without running it.
    DOCUMENTATION = r"""
options:
  source:
    description:
      - The cluster to read. It is never changed.
      - Secrets may be references, resolved inside the module - C(env://NAME), C(file:///path),
        C(secretsmanager://<arn-or-name>#<json-key>).
    type: dict
    required: true
    suboptions:
      url:
        description: Address, such as C(https://search.example.com:9200).
        type: str
        required: true
      auth:
        description:
          - How to sign in. V(basic) needs O(source.user) and O(source.password), V(sigv4) needs O(source.region)
            and AWS credentials in the environment.
          - Unset means V(basic) where O(source.user) is set, else V(none).
        type: str
        choices: [basic, sigv4, none]
      user:
        description: User for V(basic). A literal or a reference.
        type: str
      password:
        description: Password for V(basic). A literal or a reference.
        type: str
      region:
        description: AWS region of the domain, for V(sigv4).
        type: str
      ca_path:
        description: File with the PEM certificates of the authority that signed the server's. Unset means the system's.
        type: path
      connect_to:
        description:
          - Where to dial (C(host:port)) when the way is a forwarded port. The certificate is still checked against the
            name in O(source.url).
        type: str

  target:
    description:
      - The cluster to write (or to compare with).
      - Secrets may be references, resolved inside the module - C(env://NAME), C(file:///path),
        C(secretsmanager://<arn-or-name>#<json-key>).
    type: dict
    required: true
    suboptions:
      url:
        description: Address, such as C(https://search.example.com:9200).
        type: str
        required: true
      auth:
        description:
          - How to sign in. V(basic) needs O(target.user) and O(target.password), V(sigv4) needs O(target.region)
            and AWS credentials in the environment.
          - Unset means V(basic) where O(target.user) is set, else V(none).
        type: str
        choices: [basic, sigv4, none]
      user:
        description: User for V(basic). A literal or a reference.
        type: str
      password:
        description: Password for V(basic). A literal or a reference.
        type: str
      region:
        description: AWS region of the domain, for V(sigv4).
        type: str
      ca_path:
        description: File with the PEM certificates of the authority that signed the server's. Unset means the system's.
        type: path
      connect_to:
        description:
          - Where to dial (C(host:port)) when the way is a forwarded port. The certificate is still checked against the
            name in O(target.url).
        type: str

  rename:
    description:
      - What an index is called on the target, by its name in the source. Aliases and data streams keep theirs.
      - Results, differences and dead letters call an index as in the source.
    type: dict
    default: {}
  split_bytes:
    description:
      - A shard that is larger than this many bytes on the source's disk is copied in slices of about this size, by the
        hash of the documents' ids, each with its own record. So less is copied again after a kill.
      - How a shard was cut first stays for the whole move. Each slice costs the source a look at all ids of the shard.
    type: int
    default: 8589934592

requirements:
  - opensearch-py >= 3.2
  - msgspec >= 0.22
  - botocore (for V(sigv4))
"""
