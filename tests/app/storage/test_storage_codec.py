import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.storage.codec import dump, load, to_bytes, to_text
from app.storage.errors import StorageError, StorageRejectedError

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None)), inner),
)


@given(st.binary())
def test_bytes_of_any_kind_come_back(data: bytes) -> None:
    assert to_bytes(to_text(data)) == data


@given(st.text(st.characters(codec=None)))
def test_any_text_can_be_written(text: str) -> None:
    to_text(to_bytes(text))


@given(anything)
def test_json_comes_back_on_one_line(value: object) -> None:
    written = dump(value)
    assert b"\n" not in written
    assert load(written) == value


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(StorageRejectedError):
        dump({"value": object()})
    with pytest.raises(StorageError):
        load(b"{")
