"""Everything of an object that is neither key nor bytes, and objects that went up in parts."""

from __future__ import annotations

import datetime
import gzip
import random

from .trap import PART, PREFIX, ObjectTrap

FOLDER = PREFIX + "attributes/"
EXPIRES = datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
PAGE = gzip.compress("<h1>안녕하세요</h1>\n".encode() * 200, mtime=0)


def _bytes(count: int) -> bytes:
    return random.Random(f"objects:{count}").randbytes(count)


ATTRIBUTES: tuple[ObjectTrap, ...] = (
    ObjectTrap("content_type", FOLDER + "type.html", options={"ContentType": "text/html; charset=euc-kr"}),
    # The name says one type, the object another: guessing from the name is wrong.
    ObjectTrap(
        "content_type_contradicts_name", FOLDER + "image.png", options={"ContentType": "application/x-custom+json"}
    ),
    ObjectTrap("content_type_unset", FOLDER + "untyped.txt"),
    # A client that decodes what it reads stores other bytes.
    ObjectTrap("content_encoding", FOLDER + "page.html", PAGE, {"ContentType": "text/html", "ContentEncoding": "gzip"}),
    ObjectTrap(
        "content_disposition",
        FOLDER + "disposition.pdf",
        options={"ContentDisposition": "attachment; filename=\"a b.pdf\"; filename*=UTF-8''%ED%95%9C%EA%B8%80.pdf"},
    ),
    ObjectTrap("content_language", FOLDER + "language.txt", options={"ContentLanguage": "ko-KR, en"}),
    ObjectTrap("cache_control", FOLDER + "cached.css", options={"CacheControl": "public, max-age=31536000, immutable"}),
    ObjectTrap("expires", FOLDER + "expires.txt", options={"Expires": EXPIRES}),
    ObjectTrap(
        "metadata", FOLDER + "metadata.txt", options={"Metadata": {"owner": 'o\'brien, "x"', "a-b_c.d": "1", "n": "00"}}
    ),
    # Outside ASCII, metadata travels as RFC 2047 words.
    ObjectTrap("metadata_not_ascii", FOLDER + "korean.txt", options={"Metadata": {"title": "=?UTF-8?B?7ZWc6riA?="}}),
    ObjectTrap(
        "metadata_percent", FOLDER + "percent.txt", options={"Metadata": {"title": "%ED%95%9C%EA%B8%80 + 100%"}}
    ),
    ObjectTrap(
        "metadata_large", FOLDER + "large-metadata.txt", options={"Metadata": {f"k{n}": "v" * 150 for n in range(12)}}
    ),
    ObjectTrap("metadata_old_address", FOLDER + "address.txt", options={"Metadata": {"origin": "http://minio:9000/x"}}),
    ObjectTrap("storage_class", FOLDER + "reduced.txt", options={"StorageClass": "REDUCED_REDUNDANCY"}),
    ObjectTrap("tags", FOLDER + "tags.txt", tags={"a+b=c": "x y/z:@_.-", "empty": "", " ": " "}),
    ObjectTrap("ten_tags", FOLDER + "ten-tags.txt", tags={f"tag{n}": f"value {n}" for n in range(10)}),
    ObjectTrap(
        "all_at_once",
        FOLDER + "all.json",
        b'{"url": "http://minio:9000/database-api-files/a"}\n',
        {
            "ContentType": "application/json",
            "ContentDisposition": "inline",
            "ContentLanguage": "ko",
            "CacheControl": "no-store",
            "Expires": EXPIRES,
            "Metadata": {"reviewed": "true"},
        },
        {"stage": "final"},
    ),
    ObjectTrap("same_bytes_a", FOLDER + "twin-a.bin", _bytes(4096), {"Metadata": {"twin": "a"}}),
    ObjectTrap("same_bytes_b", FOLDER + "twin-b.bin", _bytes(4096), {"Metadata": {"twin": "b"}}),
    # Equal in size, different in content.
    ObjectTrap("same_size", FOLDER + "twin-c.bin", bytes(4096)),
    ObjectTrap(
        "multipart_20_mib",
        PREFIX + "multipart/20-mib.bin",
        _bytes(4 * PART),
        {"ContentType": "video/mp4", "Metadata": {"made-in": "parts"}, "CacheControl": "private"},
        {"size": "large"},
        part_bytes=PART,
    ),
    ObjectTrap("multipart_uneven", PREFIX + "multipart/uneven.bin", _bytes(PART + 1), part_bytes=PART),
    # The same bytes as a plain object: another ETag.
    ObjectTrap("multipart_uneven_plain_twin", PREFIX + "multipart/uneven-plain.bin", _bytes(PART + 1)),
    ObjectTrap("multipart_one_part", PREFIX + "multipart/one-part.bin", _bytes(1000), part_bytes=PART),
)
