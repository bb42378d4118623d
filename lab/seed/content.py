"""The documents' content: Korean and English, the same for the same seed and number."""

from __future__ import annotations

import datetime
import hashlib
import random
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lab.app.schema import OBJECT_PREFIX

START = datetime.datetime(2023, 1, 1, tzinfo=datetime.UTC)
ENGLISH = (
    "The quarterly report lists every shipment that left the harbour before noon.",
    "A backup that nobody has restored is only a hope.",
    "Please review the attached contract & return it by Friday (17:00 KST).",
    "Latency rose to 250 ms while the index was being merged.",
    'She said "the numbers do not add up", and she was right.',
    "Path C:\\data\\new\\table holds 50% of the files; the rest is in /srv/data.",
    "Naïve café owners in Zürich and São Paulo agreed on €1,234.50.",
    "Invoices are due thirty days after delivery, holidays included.",
)
KOREAN = (
    "데이터베이스 이전은 검증이 끝나야 비로소 끝난다.",
    "분기 보고서는 모든 부서가 확인한 뒤에 공개됩니다.",
    "서울 사무소의 회의는 오전 아홉 시에 시작한다.",
    "검색 색인은 형태소 분석기로 만들어졌습니다.",
    "문서의 원본은 객체 저장소에 보관하고 있다.",
    "첨부한 계약서를 검토하고 금요일까지 회신해 주십시오.",
    "백업은 복원해 보기 전까지는 희망일 뿐이다. 🙂",
    "장애가 발생하면 먼저 로그를 확인하세요.",
)
TITLES = (
    "Quarterly report",
    "분기 보고서",
    "Meeting minutes",
    "회의록",
    "Contract",
    "계약서",
    "Runbook",
    "운영 절차서",
)
OWNERS = ("admin", "김민준", "이서연", "maria", "o'brien")
TYPES = (("txt", "text/plain; charset=utf-8"), ("md", "text/markdown"), ("json", "application/json"))


@dataclass(frozen=True)
class Document:
    """One document of the application, as all three stores know it."""

    id: int
    seed: int
    has_file: bool
    bucket: str

    @cached_property
    def _random(self) -> random.Random:
        return random.Random(f"{self.seed}:{self.id}")

    @cached_property
    def text(self) -> str:
        """What is indexed; empty for the one in forty that is binary."""
        if self.is_binary:
            return ""
        sentences = ENGLISH if self.id % 2 else KOREAN
        lines = self._random.choices(sentences, k=self._random.randrange(4, 24))
        if self.id % 10 == 0:
            lines.append(f"Preview: {self.old_url}")
        return "\n".join(lines) + f"\n#{self.id}\n"

    @property
    def is_binary(self) -> bool:
        return self.id % 40 == 7

    @cached_property
    def body(self) -> bytes:
        if self.is_binary:
            return random.Random(f"{self.seed}:{self.id}:body").randbytes(1000 + self.id % 3000)
        return self.text.encode()

    @cached_property
    def name(self) -> str:
        extension = "bin" if self.is_binary else TYPES[self.id % 3][0]
        name = f"{TITLES[self.id % 8]} {self.id:06d}.{extension}"
        # What a Mac uploads: the same letters, other code points.
        return unicodedata.normalize("NFD", name) if self.id % 50 == 1 else name

    @property
    def title(self) -> str:
        return f"{TITLES[self.id % 8]} #{self.id}"

    @property
    def content_type(self) -> str:
        return "application/octet-stream" if self.is_binary else TYPES[self.id % 3][1]

    @property
    def object_key(self) -> str | None:
        return OBJECT_PREFIX + self.name if self.has_file else None

    @property
    def old_url(self) -> str:
        """An address of the old stack, which a faithful copy carries along and the new stack cannot reach."""
        return f"http://minio:9000/{self.bucket}/documents/{self.id:06d}"

    @property
    def source_url(self) -> str | None:
        return self.old_url if self.id % 10 == 0 else None

    @property
    def metadata(self) -> dict[str, Any]:
        found: dict[str, Any] = {"language": "en" if self.id % 2 else "ko", "pages": self.id % 90 + 1}
        if self.id % 25 == 0:
            found |= {"database": "postgres:5432", "index": "https://opensearch:9200/documents"}
        return found

    @property
    def owner(self) -> str:
        return OWNERS[self.id % len(OWNERS)]

    @property
    def created_at(self) -> str:
        moment = START + datetime.timedelta(seconds=self.id * 37, microseconds=self.id * 7919 % 1_000_000)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    def search_document(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "document_id": self.id,
            "name": self.name,
            "title": self.title,
            "content": self.text,
            "content_type": self.content_type,
            "created_at": self.created_at,
        }
        if self.source_url:
            found["source_url"] = self.source_url
        return found
