# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The three stores of a source as options of one module, each as its own modules describe it."""

from __future__ import annotations


class ModuleDocFragment:
    """Options postgresql, objects and search."""

    # One plain literal: the sanity tests read it without running it.
    DOCUMENTATION = r"""
options:
  postgresql:
    description: The source's database, as in M(replatform.aws.postgresql_copy).
    type: dict
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
          - The certificate is still held against O(postgresql.host).
        type: str
  objects:
    description: The source's bucket, as in M(replatform.aws.s3_copy).
    type: dict
    suboptions:
      endpoint_url:
        description:
          - Scheme, host and port of the server, such as C(http://minio.example.com:9000).
          - Unset means AWS, in O(objects.region); E(AWS_ENDPOINT_URL_S3) and E(AWS_ENDPOINT_URL) are honoured.
        type: str
      bucket:
        description: Name of the bucket. It must exist.
        type: str
        required: true
      region:
        description: The bucket's region. Default is that of the profile or the environment, then V(us-east-1).
        type: str
      access_key:
        description:
          - A literal, or a reference (C(env://NAME), C(file:///path), C(secretsmanager://<arn-or-name>#<key>)).
          - Unset, with O(objects.secret_key), means the AWS chain of environment, shared files, and role.
        type: str
      secret_key:
        description: A literal or a reference, as for O(objects.access_key).
        type: str
      session_token:
        description: A literal or a reference, as for O(objects.access_key); for temporary keys.
        type: str
      profile:
        description: A profile of the shared AWS files, where no keys are given.
        type: str
      addressing_style:
        description:
          - Whether the bucket is named in the path or in the host name.
          - V(auto) means V(virtual) on AWS where the name allows it, V(path) elsewhere.
        type: str
        choices: [auto, path, virtual]
        default: auto
      ca_path:
        description: A file of authorities to trust instead of the system's. Default is E(AWS_CA_BUNDLE).
        type: path
      connect_to:
        description:
          - Where to dial (host:port) when the server is reached through a forwarded port.
          - The certificate, the Host header and the signature still carry the name of O(objects.endpoint_url).
        type: str
  search:
    description:
      - The source's cluster, as in M(replatform.aws.opensearch_reindex).
      - Secrets may be references, resolved inside the module - C(env://NAME), C(file:///path),
        C(secretsmanager://<arn-or-name>#<json-key>).
    type: dict
    suboptions:
      url:
        description: Address, such as C(https://search.example.com:9200).
        type: str
        required: true
      auth:
        description:
          - How to sign in. V(basic) needs O(search.user) and O(search.password), V(sigv4) needs O(search.region)
            and AWS credentials in the environment.
          - Unset means V(basic) where O(search.user) is set, else V(none).
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
            name in O(search.url).
        type: str
"""
