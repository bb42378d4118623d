"""Documents of about one KB, Korean and English, the same for a number: as bulk bodies."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

INDEX = "documents"
SHARDS = 2
BODY_BYTES = 8 * 1024 * 1024
MAPPINGS = {
    "properties": {
        "document_id": {"type": "long"},
        "name": {"type": "keyword"},
        "title": {"type": "text", "fields": {"raw": {"type": "keyword"}}},
        "content": {"type": "text"},
        "content_type": {"type": "keyword"},
        "size_bytes": {"type": "long"},
        "created_at": {"type": "date"},
    }
}
_SYLLABLES = [chr(0xAC00 + 28 * number) for number in range(0, 399, 7)]
_CONSONANTS, _VOWELS = "bcdfghjklmnprstvw", "aeiou"


def _words(chance: random.Random) -> list[str]:
    """4,000 words: as many as a text of some pages has."""

    def english() -> str:
        length = chance.randint(1, 4)
        return "".join(chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _syllable in range(length))

    def korean() -> str:
        return "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4)))

    return [english() if number % 4 else korean() for number in range(4000)]


def documents(number: int) -> Iterator[tuple[str, bytes]]:
    """(id, source) of so many documents."""
    chance = random.Random(11)  # noqa: S311  # repeatable, on purpose
    words = _words(chance)
    sentences = [" ".join(chance.choices(words, k=12)) for _sentence in range(5000)]
    for one in range(number):
        document = {
            "document_id": one,
            "name": f"report-{one:08}.txt",
            "title": chance.choice(sentences)[:60],
            "content": ". ".join(chance.choices(sentences, k=9)),
            "content_type": "text/plain",
            "size_bytes": one * 37 % 90_001,
            "created_at": f"2026-{one % 12 + 1:02}-{one % 28 + 1:02}T{one % 24:02}:00:00Z",
        }
        yield str(one), json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def bodies(number: int, *, versioned: bool) -> Iterator[bytes]:
    """Bulk bodies of them. versioned: with the version that a new document has, as a copy writes them."""
    version = ',"version":1,"version_type":"external_gte"' if versioned else ""
    lines: list[bytes] = []
    size = 0
    for name, source in documents(number):
        line = b'{"index":{"_id":"%b"%b}}\n%b\n' % (name.encode(), version.encode(), source)
        if size + len(line) > BODY_BYTES:
            yield b"".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    yield b"".join(lines)
