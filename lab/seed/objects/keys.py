"""Keys that listings, URLs, shells, file systems or text normalisation damage."""

from __future__ import annotations

import unicodedata

from .trap import PREFIX, ObjectTrap

KEYS: dict[str, str] = {
    "space": "a b.txt",
    "plus": "a+b.txt",
    "percent_encoded_space": "a%20b.txt",
    "percent_encoded_plus": "a%2Bb.txt",
    "two_spaces": "two  spaces.txt",
    "leading_space": " leading.txt",
    "trailing_space": "trailing.txt ",
    "percent": "100%.txt",
    "percent_sequence": "%41%E4%zz.txt",
    "ampersand": "a&b=c.txt",
    "question": "what?.txt",
    "question_query": "x?versionId=1&uploads",
    "hash": "a#b.txt",
    "semicolon_comma": "a;b,c.txt",
    "equals_at_colon_dollar": "k=v@host:80$HOME.txt",
    "quotes": 'it\'s "quoted".txt',
    "backslash": "back\\slash\\n.txt",
    "glob": "glob*[ab]{c,d}?.txt",
    "markup": "<b>&amp;.xml",
    "caret_pipe_tilde_backtick": "^|~`!.txt",
    "parentheses": "copy (1).txt",
    "newline": "line\nbreak.txt",
    "tab": "tab\there.txt",
    "carriage_return": "carriage\rreturn.txt",
    "control_character": "bell\x07.txt",
    "latin_composed": unicodedata.normalize("NFC", "café.txt"),
    "latin_decomposed": unicodedata.normalize("NFD", "café.txt"),
    "korean_composed": unicodedata.normalize("NFC", "한글 문서.txt"),
    "korean_decomposed": unicodedata.normalize("NFD", "한글 문서.txt"),
    "emoji": "🚀/👩‍👩‍👧.txt",
    "right_to_left": "\u202eevil\u202c.txt",
    "zero_width": "zero\u200bwidth.txt",
    "highest_code_point": "\U0010fffd.txt",
    "private_use_before_astral": "\uffee.txt",
    "upper_case": "CASE.txt",
    "lower_case": "case.txt",
    "hidden": ".hidden",
    "three_dots": "...",
    "dot_at_the_end": "end.",
    "leading_dash": "-rf",
    "no_extension": "README",
    "deep": "/".join("abcdefghijklmnop") + "/deep.txt",
    "sorts_between_p_and_folder": "folder!.txt",
    "in_folder": "folder/inside.txt",
    "sorts_after_folder": "folder0.txt",
    "checkpoint_name": "xl.meta",
    "longest_segment": "s" * 255,
}


def _longest(segment: str, tail: str) -> str:
    """A key of exactly 1,024 bytes, the most that S3 takes; no segment is longer than MinIO's 255."""
    key = PREFIX + "longest/"
    while len((key + segment + "/").encode()) <= 1000:
        key += segment + "/"
    return key + tail * (1024 - len(key.encode()))


KEY_TRAPS: tuple[ObjectTrap, ...] = (
    *(ObjectTrap(f"key_{name}", PREFIX + "keys/" + key, f"trap: {name}\n".encode()) for name, key in KEYS.items()),
    ObjectTrap("key_of_1024_bytes", _longest("a" * 200, "z")),
    ObjectTrap("key_of_1024_bytes_korean", _longest("가" * 60, "k")),
    ObjectTrap("key_ends_with_slash", PREFIX + "keys/folder/", b"", {"ContentType": "application/x-directory"}),
    ObjectTrap("key_ends_with_slash_alone", PREFIX + "keys/lonely folder/", b""),
    ObjectTrap("zero_bytes", PREFIX + "keys/empty.txt", b""),
    ObjectTrap("one_byte", PREFIX + "keys/one.bin", b"\x00"),
    # An object whose key is the "folder" of another: MinIO serves both, and lists only the first.
    ObjectTrap("key_is_prefix_of_another", PREFIX + "hidden/p", b"the listed one\n"),
    ObjectTrap("key_below_another", PREFIX + "hidden/p/q", b"the one that no listing shows\n", listed=False),
)
