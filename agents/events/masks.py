"""Masking of values and free text: what varies becomes ``<addr>``, ``<num>``, ``<user>`` …, the words stay."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

import re2
import yaml

from agents.events.names import COMMAND, DEFAULT, LONG_CODE, PARTLY, TELLING, TEXT, TITLE, Role, role_of
from agents.events.parsing.windows_text import read_message

ABSENT: Final = frozenset(
    {"", "-", "--", "null", "none", "None", "NULL", "N/A", "n/a", "(null)", "?", "[]", "{}", "<empty>"}
)
"""Spellings of "no value"; all are ``-`` in a template."""

_LONGEST_KEPT = 100
_LONGEST_ID = 20
_MOST_MESSAGE_FIELDS = 400
_HEX = "[0-9A-Fa-f]"
_UUID = rf"\{{?{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}\}}?"
_IPV4 = r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"
_DATE = (
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{1,2}/\d{1,2}/\d\d"
    r"|\d{1,2}[-/][A-Z][a-z]{2}[-/]\d{4}"
)
_SPAN_OF_TIME = r"\d++[hdw]:?\d++m:?\d++s|\d{1,4}+:\d\d:\d\d|P[\dDT][\dTHMSD.]++"
_IPV6 = rf"(?=[^:]*:[^:]*:){_HEX}{{0,4}}(?::{_HEX}{{0,4}}){{2,8}}(?::?{_IPV4})?(?:%\w{{1,16}})?(?:/\d{{1,3}})?"
_MAC = rf"(?:{_HEX}{{2}}[:-]){{5}}{_HEX}{{2}}(?:[:-]{_HEX}{{2}}){{0,2}}|(?:{_HEX}{{4}}\.){{2}}{_HEX}{{4}}"
_WHOLE = re.compile(
    rf"(?P<id>{_UUID}|S-1-\d{{1,2}}(?:-\d{{1,20}}){{1,15}}|@?0[xX]{_HEX}++|arn:[\w\-]*+:.*+)"
    rf"|(?P<time>(?:{_DATE})(?:[T:_ ]?{_CLOCK})?|{_CLOCK}|{_SPAN_OF_TIME})"
    rf"|(?P<addr>{_IPV4}(?:[:/#,]\d{{1,5}})?(?:-{_IPV4}(?:[:/#]\d{{1,5}})?)?|{_MAC}|\[?{_IPV6}\]?(?:#\d{{1,5}})?)"
    r"|(?P<num>[#+\-~]?\d[\d.,]*+(?:%|ms|us|µs|ns|s|sec|secs|h|d|[KMGT]i?B?|B|bytes|x)?|\d++#\d++)"
    r"|(?P<user>[^@\s]++@(?![vV]\d)[^@\s]++)"
    r"|(?P<path>(?:[A-Za-z]:|~|\.{1,2}|%\w++%)?[\\/]\S*+|[\w.\-]++(?:/[\w.\-%+~]*+){2,}+)"
)
"""A piece of text that is one variable thing as a whole; tried on pieces of at most 200 characters."""

_DIGITS_AND_LETTERS = re.compile(
    rf"(?={_HEX}*[0-9])(?={_HEX}*[A-Fa-f]){_HEX}{{8,}}+|(?=\D*\d\D*\d\D*\d)[\w+/=\-]{{16,}}+"
)
_EMAIL = re.compile(r"[^@\s]++@[^@\s.]++(?:\.[^@\s.]++)++")
_DATED_NAME = re.compile(r"[A-Z][A-Za-z]{2,60}+20\d\d(_?)\d\d\1\d\d(?:v\d{1,3})?")
"""Names of operations with the date of their API's version, as AWS writes: ``CreateDistribution2020_05_31``."""

_FINGERPRINT = re.compile(r"(?:MD5|SHA(?:1|224|256|384|512)):[\w+/=:]{16,}+")
_CODE_AFTER_MARK = re.compile(r"([A-Za-z_]{2,20})[#:](\d{1,10}|0x[0-9A-Fa-f]{1,8})\W*+")
_PLAIN_WORDS = re.compile(r"[A-Za-z]{1,16}+(?:_[A-Za-z]{1,16}+){0,3}")
_PREFIXED = re.compile(r"([A-Za-z]{2,8}-)[0-9A-Za-z]{6,}+")
_NAME_FOLLOWS = frozenset({"user", "users", "entry", "group", "groups", "account", "administrator"})
_PARTLY_MASKED: Final = {"request": "<path>", "lookup": "<addr>", "statement": "<command>", "verb": "<command>"}
_ACTION = re.compile(r".+(?:ed|ing|ions?|ments?|-in|-out|-on|-off|-up)")
_LONGEST_MASKED = 20_000
_DIGITS = re.compile(r"\d++")
_RUNS = re.compile(r"(?<=[\-#_./:])\d++|\d{3,}+")
_SEPARATORS = re.compile(r"""([\s|,;&=(){}\[\]"'<>]++)""")
_STRONG = re.compile(
    rf"{_UUID}|(?<![\d.]){_IPV4}(?![\d.])|\d{{4}}-\d\d-\d\d[T ][\d:.]++(?:Z|[+\-]\d\d:?\d\d)?"
    rf"|(?<![0-9A-Za-z]){_HEX}{{20,}}+"
)
_ID_IN_PATH = re.compile(rf"{_UUID}|{_IPV4}|{_HEX}{{16,}}+|\d{{5,}}+")
_PUNCTUATION = ".:!?*"
_MASKS = frozenset(f"<{kind}>" for kind in ("addr", "user", "time", "id", "num", "path", "url", "blob"))
_SHORT_WORD = 64
_DEEPEST = 3
_LONGEST_PIECE = 200
_MOST_PARTS = 12


@dataclass(frozen=True, slots=True)
class _Phrases:
    pattern: Any
    kinds: tuple[str, ...]
    loose: tuple[bool, ...]
    never_masked: frozenset[str]
    code_words: frozenset[str]
    code_ids: frozenset[str]
    host_endings: frozenset[str]


_SLOTS: Final = {
    "user": r"(<\w+>|[^\s'\"<>(),;|\[\]:=]{1,128})",
    "user*": r"(.{1,64}?)",
    "host": r"(<\w+>|[^\s'\"<>(),;|\[\]]{1,255})",
    "quoted": r"([^'\"<>]{1,64}|<\w+>)",
    "date": r"((?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? )?(?:(?:<num> )?"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6},? )<num>,?(?: <num>)?(?: <time>)?"
    r"(?: (?:[A-Z]{3,4}|am|pm) <num>)?|<time>(?: <time>)? (?:am|pm|utc|gmt)\b|<time> <time>)",
}
_SLOT = re.compile(r"\{(user\*?|host|quoted|date)\}")
_KIND_OF_SLOT: Final = {"user": "user", "user*": "user", "host": "addr", "quoted": "user", "date": "time"}


@cache
def _phrases() -> _Phrases:
    data = yaml.safe_load(files(__package__).joinpath("phrases.yaml").read_text(encoding="utf-8"))
    kinds: list[str] = []
    loose: list[bool] = []
    patterns: list[str] = []
    for phrase in [*data["phrases"], *data["loose_phrases"]]:
        kinds += [_KIND_OF_SLOT[slot] for slot in _SLOT.findall(phrase)]
        loose += [
            len(patterns) >= len(data["phrases"]) and slot not in {"quoted", "date"} for slot in _SLOT.findall(phrase)
        ]
        patterns.append(_SLOT.sub(lambda m: _SLOTS[m.group(1)], phrase))
    options = re2.Options()
    options.case_sensitive = False
    options.encoding = re2.Options.Encoding.LATIN1  # one byte a character: see one_byte_each
    options.max_mem = 64 << 20
    words = {
        name: frozenset(map(str, data[name])) for name in ("never_masked", "code_words", "code_ids", "host_endings")
    }
    return _Phrases(re2.compile("|".join(patterns).encode(), options), tuple(kinds), tuple(loose), **words)


def masked_value(role: Role, value: str) -> str:
    """What stands in a template for a field's value, given what its name says."""
    if value in ABSENT:
        return "-"
    kind = role.kind
    if kind == TELLING:
        return kept_value(value)
    if kind == DEFAULT:
        return masked_word_or_text(value)
    if kind in {TITLE, TEXT}:
        return value if len(value) < _SHORT_WORD and value.isalpha() else masked_text(value)
    if kind == COMMAND:  # one word in capitals is a protocol's command (FTP, SMTP)
        return value if value.isalpha() and value.isupper() and len(value) <= 12 else "<command>"
    if kind == LONG_CODE:
        return value if value.isdecimal() and len(value) <= _LONGEST_ID else kept_value(value)
    if kind in PARTLY:
        return _kept_in_part(kind, value)
    return role.mask or "-"


def _kept_in_part(kind: str, value: str) -> str:
    """A value of which a part says what happened; ``names.yaml`` says which for each kind."""
    match kind:
        case "code":
            return value if value.isdecimal() and len(value) <= 5 else "<id>"
        case "option":
            return value if value.isalnum() and (len(value) <= 2 or _is_plain(value)) else "<id>"
        case "program":
            return masked_word_or_text(value.replace("\\", "/").rstrip("/").rpartition("/")[2]) or "<path>"
        case "prefixed":
            found = _PREFIXED.fullmatch(value)
            return f"{found[1]}<id>" if found else "<addr>"
        case "place_in_config":
            return _masked_place(value)
    word, space, _ = value.lstrip("\"'").partition(" ")
    mask = _PARTLY_MASKED[kind]
    if _is_plain(word):
        if space:
            return f"{word} {mask}"
        if kind == "verb":
            return word
    return mask


def _is_plain(word: str) -> bool:
    return len(word) <= 24 and _PLAIN_WORDS.fullmatch(word) is not None


def _masked_place(value: str) -> str:
    """``config shared address web1`` -> ``config shared address <path>``; file paths are masked as a whole."""
    if " " not in value or "/" in value or "\\" in value or len(value) > _LONGEST_PIECE or not value[0].isalpha():
        return "<path>"
    words = value.split()
    kept = [
        "<path>" if before in _NAME_FOLLOWS else masked_word_or_text(word)
        for before, word in zip(["", *words], words[:-1], strict=False)
    ]
    return " ".join([*kept, "<path>"])


def kept_value(value: str) -> str:
    """A telling value: as it is, but for ids, addresses and times inside; long ones are masked as text."""
    if value in ABSENT:
        return "-"
    return _kept_short(value) if len(value) <= _LONGEST_KEPT else masked_text(value)


@lru_cache(maxsize=16384)
def _kept_short(value: str) -> str:
    if value.isdecimal():
        return value if len(value) <= 10 else "<num>"
    if "@" in value:
        if " " in value:
            return masked_text(value)
        if _EMAIL.fullmatch(value) or value.count("@") > 1:
            return "<id>"
    if not any(map(str.isdecimal, value)):
        return " ".join(value.split())
    if _DATED_NAME.fullmatch(value):
        return value
    if " " not in value and len(value) >= 20 and sum(map(str.isdecimal, value)) >= 6 and not value.startswith("0x"):
        return "<id>"
    return " ".join(_STRONG.sub("<id>", value).split())


def masked_word_or_text(value: str) -> str:
    """A value of which the name says nothing: short words stay, numbers and what looks like an id do not."""
    if len(value) < _SHORT_WORD:
        if value.isalpha():
            return value
        if value.isdecimal():
            return "<num>"
    return masked_text(value)


def masked_text(text: str) -> str:
    """Free text with its variable parts masked and white space collapsed.

    Behind the first 20,000 characters only digits are masked: no log's sentence starts later, and a megabyte of words
    would cost seconds.
    """
    if len(text) > _LONGEST_MASKED:
        cut = max(text.rfind(" ", 0, _LONGEST_MASKED), text.rfind("\n", 0, _LONGEST_MASKED)) + 1 or _LONGEST_MASKED
        return f"{masked_text(text[:cut])} {' '.join(_DIGITS.sub('#', text[cut:]).split())}"
    if "\n" in text and ":\t" in text:
        return _masked_message(text)
    phrases = _phrases()
    out: list[str] = []
    before, before_that = "", ""
    for token in text.split():
        if token.isalpha():
            out.append(token)
            before, before_that = token.lower(), before
            continue
        bare = token.strip("'\".,;:!?()[]<>#").lower()
        coded = before in phrases.code_words or (before == "id" and before_that in phrases.code_ids)
        marked = _CODE_AFTER_MARK.fullmatch(token) if "#" in token or ":" in token else None
        if (coded and _is_code(bare)) or (marked and marked[1].lower() in phrases.code_words):
            out.append(token)
        elif len(token) <= _SHORT_WORD:
            out.append(_masked_short_token(token))
        else:
            out.append(_masked_token(token))
        before, before_that = bare, before
    joined = " ".join(out)
    return _with_phrases(joined, phrases) if len(out) > 1 else joined


def _masked_message(text: str) -> str:
    """A rendered Windows message: its ``Key:<tab>value`` lines by key, its other lines as text."""
    fields, left = read_message(text, 0, len(text), _MOST_MESSAGE_FIELDS)
    lines = [masked_text(line.replace(":\t", ": ")) for line in left]
    lines += [f"{field.path}={masked_value(role_of(field.path), field.value)}" for field in fields]
    return " ".join(lines)


def _is_code(text: str) -> bool:
    return len(text) <= 10 and (text.isdecimal() or (text.startswith("0x") and text[2:].isalnum()))


@lru_cache(maxsize=16384)
def _masked_short_token(token: str) -> str:
    return _masked_token(token)


def _masked_token(token: str) -> str:
    """One word between white space; ``key=value`` by the key, else piece by piece between punctuation."""
    stripped = token.strip("'\"(),;<>.")
    if stripped.startswith(("MD5:", "SHA")) and _FINGERPRINT.fullmatch(stripped):
        return token.replace(stripped, "<id>")
    urls = 0
    while (url := token.find("://")) > 0 and token[:url].strip("\"'(<[").isalnum():
        urls += 1
        # A bar parts the columns of a line and never stands in an address.
        here, bar, token = token.partition("|")
        if not bar or url >= len(here):
            return "<url>|" * (urls - 1) + "<url>"
    if urls:
        return "<url>|" * urls + _masked_token(token)
    key, equals, value = token.partition("=")
    if equals and key and len(key) < _SHORT_WORD and key[0].isalpha():
        role = role_of(key)
        if role.kind not in {DEFAULT, TEXT, TITLE}:
            stripped = value.strip("'\",;)")
            return f"{key}={masked_value(role, stripped)}{',' if value.endswith((',', ';')) else ''}"
    whole = _masked_piece(token.strip("'\"(),;<>"), 0)
    if whole.startswith("<") and whole.endswith(">"):
        return _around(token, whole)
    pieces = _SEPARATORS.split(token)
    return "".join(piece if number % 2 else _masked_piece(piece, 0) for number, piece in enumerate(pieces))


def _around(token: str, mask: str) -> str:
    left = len(token) - len(token.lstrip("'\"(),;<>"))
    right = len(token.rstrip("'\"(),;<>"))
    return token[:left] + mask + token[right:]


def _masked_piece(piece: str, depth: int) -> str:
    core = piece if piece.endswith("::") else piece.rstrip(_PUNCTUATION)
    if not core or core.isalpha():
        return piece
    tail = piece[len(core) :]
    if len(core) > _LONGEST_PIECE:
        return "<blob>" + tail
    found = _WHOLE.fullmatch(core)
    if found and found.lastgroup:
        return f"<{found.lastgroup}>{tail}"
    if "\\" in core:
        return ("<user>" if core.count("\\") == 1 else "<path>") + tail
    dotted = core.rpartition(".")[2].lower()
    if "." in core and "/" not in core and dotted in _phrases().host_endings:
        return "<addr>" + tail
    if not any(map(str.isdecimal, core)):
        return piece
    for mark in ":/":
        if mark in core and depth < _DEEPEST and core.count(mark) <= _MOST_PARTS:
            return mark.join(_masked_piece(part, depth + 1) for part in core.split(mark)) + tail
    if _DIGITS_AND_LETTERS.fullmatch(core):
        return "<id>" + tail
    return _RUNS.sub("#", core) + tail


def masked_path(path: str) -> str:
    """A field's path with the ids in it masked: keys of maps are ids or addresses at times."""
    return _ID_IN_PATH.sub("<id>", path)


def one_byte_each(text: str) -> bytes:
    """``text`` as one byte a character, ``?`` for what is not ASCII: offsets in it are offsets in ``text``."""
    return text.encode("ascii", "replace")


def _may_be_an_action(words: str, phrases: _Phrases) -> bool:
    """Whether what stands where a name may stand reads as what happened: "User rejected from …"."""
    return any(
        word in phrases.never_masked or _ACTION.fullmatch(word)
        for word in (w.strip(".:!?") for w in words.lower().split())
    )


def _with_phrases(text: str, phrases: _Phrases) -> str:
    """``text`` with the names, hosts and dates masked that stand where a known sentence has them."""
    pieces: list[str] = []
    done = 0
    for match in phrases.pattern.finditer(one_byte_each(text)):
        for group, (kind, loose) in enumerate(zip(phrases.kinds, phrases.loose, strict=True), 1):
            a, b = match.span(group)
            if a < 0:
                continue
            if text[max(a - 1, 0) : b + 1] in _MASKS:  # a name that looks like an id or a number is still a name
                a, b = a - 1, b + 1
            if a >= done and b > a and not (loose and _may_be_an_action(text[a:b], phrases)):
                pieces += (text[done:a], f"<{kind}>")
                done = b
    return "".join(pieces) + text[done:] if pieces else text
