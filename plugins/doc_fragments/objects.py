# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options that the modules of the objects store share."""

from __future__ import annotations


class ModuleDocFragment:
    """Source and target, and what of the source is moved."""

    # One plain literal: the sanity tests read it without running it.
    DOCUMENTATION = r"""
options:
  source:
    description: The bucket to copy from, of any server that speaks S3. It is only ever read.
    type: dict
    required: true
    suboptions:
      endpoint_url:
        description:
          - Scheme, host and port of the server, such as C(http://minio.example.com:9000).
          - Unset means AWS, in O(source.region); E(AWS_ENDPOINT_URL_S3) and E(AWS_ENDPOINT_URL) are honoured.
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
          - Unset, with O(source.secret_key), means the AWS chain of environment, shared files, and role.
        type: str
      secret_key:
        description: A literal or a reference, as for O(source.access_key).
        type: str
      session_token:
        description: A literal or a reference, as for O(source.access_key); for temporary keys.
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
          - The certificate, the Host header and the signature still carry the name of O(source.endpoint_url).
        type: str

  target:
    description: The bucket to copy to.
    type: dict
    required: true
    suboptions:
      endpoint_url:
        description:
          - Scheme, host and port of the server, such as C(http://minio.example.com:9000).
          - Unset means AWS, in O(target.region); E(AWS_ENDPOINT_URL_S3) and E(AWS_ENDPOINT_URL) are honoured.
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
          - Unset, with O(target.secret_key), means the AWS chain of environment, shared files, and role.
        type: str
      secret_key:
        description: A literal or a reference, as for O(target.access_key).
        type: str
      session_token:
        description: A literal or a reference, as for O(target.access_key); for temporary keys.
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
          - The certificate, the Host header and the signature still carry the name of O(target.endpoint_url).
        type: str

  versions:
    description:
      - V(current) moves the objects as they are now. What older versions and delete markers stay behind in the
        source is counted in a warning.
      - V(all) moves every version and delete marker of each key, the oldest first. The target's versioning must be
        enabled. Versions get new ids and dates there.
    type: str
    choices: [current, all]
    default: current
  known_keys:
    description:
      - Keys to look for one by one, besides what the source lists; those that do not exist are passed over.
      - MinIO shows C(p/q) in no listing as soon as there is an object C(p), so that only its name can find it.
        Give the names that the application knows, if it has such keys.
      - Takes part in O(include) and O(exclude) like any key.
    type: list
    elements: str
    default: []
notes:
  - On the source C(s3:ListBucket), C(s3:ListBucketVersions), C(s3:GetBucketVersioning), C(s3:GetObject) and
    C(s3:GetObjectTagging) are needed, with O(versions=all) also C(s3:GetObjectVersion) and
    C(s3:GetObjectVersionTagging).
  - On the target the copy needs these too, and C(s3:PutObject), C(s3:PutObjectTagging), C(s3:DeleteObject),
    C(s3:AbortMultipartUpload) and C(s3:ListBucketMultipartUploads), with O(versions=all) also
    C(s3:DeleteObjectVersion).
requirements:
  - aiohttp
  - awscrt
  - botocore
"""
