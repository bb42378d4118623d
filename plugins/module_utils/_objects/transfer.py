# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One object from the source to the target: checksums taken as it passes, sent along, and held against the answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from urllib.parse import quote, unquote_plus, urlencode
from xml.sax.saxutils import escape

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError, TransientError
from ansible_collections.replatform.aws.plugins.module_utils._objects.bucket import Bucket, Seen
from ansible_collections.replatform.aws.plugins.module_utils._objects.content import (
    META,
    PART,
    Reading,
    crc_text,
    encoded,
)
from ansible_collections.replatform.aws.plugins.module_utils._objects.errors import Changed, Refused, refusal
from ansible_collections.replatform.aws.plugins.module_utils._objects.ledger import Row
from ansible_collections.replatform.aws.plugins.module_utils._objects.libraries import checksums
from ansible_collections.replatform.aws.plugins.module_utils._objects.listing import Item, parse
from ansible_collections.replatform.aws.plugins.module_utils._objects.wire import Answer

UPLOADS = 4
"""Parts of one object that are sent at the same time."""

TRIES = 3
"""Readings of an object that changes meanwhile, or whose bytes do not have the source's own checksum."""

MOST_PARTS = 9_000
_MIB = 1 << 20
_INLINE = 64 << 10

Sent = Callable[[int], None]
"""Told the bytes of each part that has arrived."""


class Doubtful(CopyError):
    """The bytes read do not have the checksum that the source keeps. crc: what they have."""

    def __init__(self, message: str, crc: str) -> None:
        super().__init__(message)
        self.crc = crc


class Transfer:
    """Sends objects from one bucket to another."""

    def __init__(self, source: Bucket, target: Bucket) -> None:
        self._source = source
        self._target = target
        self.classes_refused: set[str] = set()

    async def send(self, item: Item, number: int, sent: Sent) -> tuple[Seen, Row]:
        """Copy one object. Raises Gone (source), Refused (target or source), TransientError."""
        size, doubted = item.size, ""
        reason: CopyError | None = None
        for _try in range(TRIES):
            try:
                way = self._small if size <= PART else self._large
                return await way(item, number, sent, doubted)
            except Doubtful as error:
                doubted, reason = error.crc, error
            except Changed as error:
                size, reason = (await self._source.seen(item, number)).description.size, error
        raise TransientError(f"{reason} It was read {TRIES} times.")

    async def _small(self, item: Item, number: int, sent: Sent, doubted: str) -> tuple[Seen, Row]:
        share = await self._source.budget.take(item.size)
        try:
            seen, body = await self._source.got(item, number)
            reading = Reading(len(body), await self._source.layout(seen) if "-" in seen.etag else ())
            await _feed(reading, body)
            self._check_read(seen, reading, doubted)
            headers = {**self._headers(seen), "x-amz-checksum-crc64nvme": reading.crc}
            answer = await self._with_class("PUT", item.key, {}, headers, body)
        finally:
            self._source.budget.give(share)
        sent(len(body))
        return seen, await self._row(seen, reading, answer, answer.headers.get("x-amz-checksum-crc64nvme", ""))

    def _check_read(self, seen: Seen, reading: Reading, doubted: str) -> None:
        """Raise Doubtful if the bytes are not what the source says, unless another reading gave the same bytes."""
        wrong_crc = bool(seen.crc) and seen.crc != reading.crc
        wrong_etag = not seen.opaque and reading.as_etag(seen.etag) not in {"", seen.etag}
        if (wrong_crc or wrong_etag) and reading.crc != doubted:
            raise Doubtful(
                f"{self._source.wire.end.where}: the bytes of {seen.item.key!r} do not have the checksum that the "
                f"source keeps of them.",
                reading.crc,
            )

    async def _large(self, item: Item, number: int, sent: Sent, doubted: str) -> tuple[Seen, Row]:
        seen = await self._source.seen(item, number)
        if seen.description.size <= PART:
            raise Changed(f"{self._source.wire.end.where}: {item.key!r} has shrunk since it was listed.")
        reading = Reading(seen.description.size, await self._source.layout(seen))
        headers = {
            **self._headers(seen),
            "x-amz-checksum-algorithm": "CRC64NVME",
            "x-amz-checksum-type": "FULL_OBJECT",
        }
        begun = await self._with_class("POST", item.key, {"uploads": ""}, headers, b"")
        upload = parse(begun).findtext("{*}UploadId") or ""
        try:
            etags = await self._parts(seen, upload, reading, sent)
            self._check_read(seen, reading, doubted)
            answer = await self._complete(item.key, upload, etags, reading.crc)
        except BaseException:
            with contextlib.suppress(Exception):
                await asyncio.shield(self._give_up(upload, item.key))
            raise
        crc = parse(answer).findtext("{*}ChecksumCRC64NVME") or ""
        etag = (parse(answer).findtext("{*}ETag") or "").strip('"')
        return seen, await self._row(seen, reading, Answer(200, {**answer.headers, "ETag": etag}, b""), crc)

    async def _parts(self, seen: Seen, upload: str, reading: Reading, sent: Sent) -> list[tuple[str, str]]:
        """Read in order, send side by side. Returns ETag and checksum of each part."""
        size = seen.description.size
        step = max(PART, -(-size // MOST_PARTS // _MIB) * _MIB)
        room = asyncio.Semaphore(UPLOADS)
        sending: list[asyncio.Task[tuple[str, str]]] = []

        async def put(number: int, data: bytes, share: int) -> tuple[str, str]:
            try:
                crc = crc_text(checksums.crc64nvme(data))
                query = {"partNumber": str(number), "uploadId": upload}
                headers = {"x-amz-checksum-crc64nvme": crc}
                answer = await self._target.wire.call("PUT", seen.item.key, query, headers, data)
                sent(len(data))
                return answer.etag, crc
            finally:
                self._source.budget.give(share)
                room.release()

        pieces = self._source.parts(seen, step)
        try:
            async for data, share in pieces:
                await room.acquire()
                sending.append(asyncio.create_task(put(len(sending) + 1, data, share)))
                await _feed(reading, data)
                if any(task.done() and task.exception() for task in sending[-UPLOADS:]):
                    break
            return list(await asyncio.gather(*sending))
        finally:
            await pieces.aclose()
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)

    async def _complete(self, key: str, upload: str, etags: list[tuple[str, str]], crc: str) -> Answer:
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>&quot;{escape(etag)}&quot;</ETag>"
            f"<ChecksumCRC64NVME>{part}</ChecksumCRC64NVME></Part>"
            for number, (etag, part) in enumerate(etags, 1)
        )
        body = f'<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{parts}</CompleteMultipartUpload>'
        headers = {"x-amz-checksum-crc64nvme": crc, "x-amz-checksum-type": "FULL_OBJECT"}
        try:
            answer = await self._target.wire.call("POST", key, {"uploadId": upload}, headers, body.encode())
        except Refused as error:
            if error.code != "NoSuchUpload":
                raise
            # Completed by a request whose answer was lost: the next try of the partition will find the object there.
            raise TransientError(str(error)) from error
        if b"<Error>" in answer.body:  # S3 answers 200 before it has put the parts together
            raise refusal(self._target.wire.end.where, f"completing {key!r}", 500, answer.body)
        return answer

    async def clear(self, ours: Callable[[str], bool]) -> None:
        """Take away what a killed run has left half sent, of the keys that are `ours`."""
        query = {"uploads": "", "encoding-type": "url"}
        while True:
            root = parse(await self._target.wire.call("GET", query=query))
            for entry in root.iterfind("{*}Upload"):
                key = unquote_plus(entry.findtext("{*}Key") or "")
                if ours(key):
                    await self._give_up(entry.findtext("{*}UploadId") or "", key)
            if root.findtext("{*}IsTruncated") != "true":
                return
            query["key-marker"] = unquote_plus(root.findtext("{*}NextKeyMarker") or "")
            query["upload-id-marker"] = root.findtext("{*}NextUploadIdMarker") or ""

    async def _give_up(self, upload: str, key: str) -> None:
        """Take an unfinished multipart upload away: its parts would be paid for."""
        try:
            await self._target.wire.call("DELETE", key, {"uploadId": upload})
        except Refused as error:
            if error.status != 404:
                raise

    def _headers(self, seen: Seen) -> dict[str, str]:
        described = seen.description
        text = str if self._target.is_minio else encoded
        headers = {name: text(value) if name.startswith(META) else value for name, value in seen.carried.items()}
        if described.tags:
            headers["x-amz-tagging"] = urlencode(described.tags, quote_via=quote)
        if seen.storage_class not in {"", "STANDARD", *self.classes_refused}:
            headers["x-amz-storage-class"] = seen.storage_class
        return headers

    async def _with_class(
        self, method: str, key: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        try:
            return await self._target.wire.call(method, key, query, headers, body)
        except Refused as error:
            if error.code != "InvalidStorageClass" or "x-amz-storage-class" not in headers:
                raise
        self.classes_refused.add(headers.pop("x-amz-storage-class"))
        return await self._target.wire.call(method, key, query, headers, body)

    async def _row(self, seen: Seen, reading: Reading, answer: Answer, crc: str) -> Row:
        """Hold what the target answered against the bytes that were read."""
        key = seen.item.key
        if not crc and not reading.is_etag(answer.etag):
            head = await self._target.wire.call("HEAD", key, headers={"x-amz-checksum-mode": "ENABLED"})
            crc = head.headers.get("x-amz-checksum-crc64nvme", "")
        if crc and crc != reading.crc:
            raise TransientError(
                f"{self._target.wire.end.where} stored {key!r} with the checksum {crc}, but the bytes read from the "
                f"source have {reading.crc}: they were damaged on the way."
            )
        return Row(
            key=key,
            number=seen.description.number,
            size=reading.size,
            content=reading.content,
            crc=reading.crc,
            source_etag=seen.etag,
            source_true=reading.is_etag(seen.etag),
            target_etag=answer.etag,
            # Parts were each checked by the target; a plain ETag is checked here.
            target_true=bool(crc) and "-" in answer.etag or reading.is_etag(answer.etag),
            target_version=answer.headers.get("x-amz-version-id", ""),
        )


async def _feed(reading: Reading, data: bytes) -> None:
    """Checksums let the loop run meanwhile, where that is worth a thread's time."""
    await asyncio.to_thread(reading.feed, data) if len(data) > _INLINE else reading.feed(data)
