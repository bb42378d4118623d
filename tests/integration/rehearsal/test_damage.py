"""What is damaged on the target between copy and verify is named exactly, and the copy mends it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults import Record

from .ends import BUCKET, client, target_database, target_search
from .playing import differences, equal, lost, on, play

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("rehearsed")]

Named = set[tuple[str, str, str]]


def damage_postgresql() -> Named:
    """A row's text, a row too few, a row too many; and one of many equal rows of a table without a key."""
    with target_database() as session:
        [(text,), (gone,)] = session.execute("SELECT id FROM public.documents ORDER BY id LIMIT 2").fetchall()
        session.execute("UPDATE public.documents SET title = title || ' ' WHERE id = %s", (text,))
        session.execute("DELETE FROM public.documents WHERE id = %s", (gone,))
        session.execute(
            "INSERT INTO public.documents (id, name, title, content_type, size_bytes, sha256, uploaded_by)"
            " VALUES (900000001, 'foreign', '', '', 0, '', '')"
        )
        session.execute(
            "UPDATE traps.events SET amount = 0.0 WHERE ctid ="
            " (SELECT ctid FROM traps.events WHERE what = 'same' LIMIT 1)"
        )
    return {
        (f"public.documents (id) = ({text})", "changed", "title"),
        (f"public.documents (id) = ({gone})", "missing", ""),
        ("public.documents (id) = (900000001)", "extra", ""),
    }


def damage_objects() -> Named:
    """An object's byte, with size, name and metadata kept; a key too few, a key too many."""
    bucket = client("s3")
    byte, gone = (one["Key"] for one in bucket.list_objects_v2(Bucket=BUCKET, Prefix="documents/")["Contents"][:2])
    found = bucket.get_object(Bucket=BUCKET, Key=byte)
    body = found["Body"].read()
    bucket.put_object(
        Bucket=BUCKET,
        Key=byte,
        Body=bytes([body[0] ^ 1]) + body[1:],
        ContentType=found["ContentType"],
        Metadata=found["Metadata"],
    )
    bucket.delete_object(Bucket=BUCKET, Key=gone)
    bucket.put_object(Bucket=BUCKET, Key="documents/foreign", Body=b"not ours")
    return {(byte, "changed", "content"), (gone, "missing", ""), ("documents/foreign", "extra", "")}


def damage_search() -> Named:
    """A document's field; a document too few, a document too many."""
    search = target_search()
    [field, gone] = [hit["_id"] for hit in search.search(index="documents", params={"size": 2})["hits"]["hits"]]
    body = search.get(index="documents", id=field)["_source"]
    search.index(index="documents", id=field, body={**body, "title": body["title"] + " "})
    search.delete(index="documents", id=gone)
    search.index(index="documents", id="foreign", body={"title": "not ours"}, params={"refresh": "true"})
    return {
        (f"documents/{field}", "changed", "title"),
        (f"documents/{gone}", "missing", ""),
        ("documents/foreign", "extra", ""),
    }


@pytest.mark.parametrize(
    ("store", "damage"),
    [
        pytest.param(
            "postgresql",
            damage_postgresql,
            marks=pytest.mark.fault("postgresql: a row's text, a row gone, a row too many, one of equal rows"),
        ),
        pytest.param(
            "objects",
            damage_objects,
            marks=pytest.mark.fault("objects: a byte with size and metadata kept, an object gone, one too many"),
        ),
        pytest.param(
            "search",
            damage_search,
            marks=pytest.mark.fault("search: a document's field, a document gone, one too many"),
        ),
    ],
)
def test_damage_is_named_exactly_and_mended(store: str, damage: Callable[[], Named], record_property: Record) -> None:
    wanted = damage()
    verified = play("playbooks/verify.yml", *on(store))
    assert verified.status != 0
    found = differences(store)
    keyless = {one for one in found if one[0].startswith("traps.events row ")}
    assert found - keyless == wanted
    # A row without a key has no name: it is named by its content, with its place and how many more there are.
    assert sorted(kind for _item, kind, detail in keyless if "no key; 1 times; ctid" in detail) == (
        ["extra", "missing"] if store == "postgresql" else []
    )
    for item, _kind, _detail in found:
        assert item in verified.output
    assert f"{len(found)} differences" in verified.output
    if store == "objects":  # nobody but its owner takes away what the move did not bring
        client("s3").delete_object(Bucket=BUCKET, Key="documents/foreign")
    copied = play("playbooks/copy.yml", *on(store))
    assert copied.status == 0, copied.output[-6000:]
    equal(store)
    record_property("lost", lost(store))
