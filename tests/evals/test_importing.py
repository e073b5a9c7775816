"""Other people's labelled data: columns, keys, OCSF events and folders of pairs, with what is wrong named."""

from __future__ import annotations

import json

import pytest

from agents.ocsf import load_taxonomy
from evals.data import DataError, load_events
from evals.importing import import_events

TAXONOMY = load_taxonomy()


def read(tmp_path, kind, text, mapping=None, name="in.txt"):
    path = tmp_path / name
    path.write_text(text)
    return import_events(kind, path, TAXONOMY, mapping)


def test_csv_columns_are_mapped_and_classes_found_by_any_name(tmp_path):
    text = (
        "message,label,act,maker\n"
        '"a, ""quoted""\nevent",Authentication,Logon,Acme\n'
        "b,authentication,2,\n"
        "c,3002,,\n"
    )  # fmt: skip
    found = read(
        tmp_path, "csv", text, {"raw": "message", "class_uid": "label", "activity_id": "act", "vendor": "maker"}
    )
    assert found.problems == ()
    assert [(e.raw, e.class_uid, e.activity_id, e.vendor) for e in found.events] == [
        ('a, "quoted"\nevent', 3002, 1, "Acme"), ("b", 3002, 2, ""), ("c", 3002, None, ""),
    ]  # fmt: skip
    assert len({e.id for e in found.events}) == 3


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_json_in_lines_or_as_a_list_with_dotted_keys(tmp_path, kind):
    items = [{"log": {"text": "a"}, "y": "DNS Activity"}, {"log": {"text": {"k": 1}}, "y": 4003, "id": "mine"}]
    lines = "\n".join(map(json.dumps, items))
    for text in (lines, json.dumps(items), json.dumps({"events": items})):
        found = read(tmp_path, kind, text, {"raw": "log.text", "class_uid": "y"})
        assert [(e.raw, e.class_uid) for e in found.events] == [("a", 4003), ('{"k":1}', 4003)]
        assert found.events[1].id == "mine"
        assert found.events[1].format == "json"


def test_ocsf_events_label_themselves(tmp_path):
    event = {
        "class_uid": 3002, "activity_id": 2, "raw_data": "user left",
        "metadata": {"product": {"name": "Gate", "vendor_name": "Acme"}, "log_name": "doors"},
    }  # fmt: skip
    (found,) = read(tmp_path, "ocsf", json.dumps(event)).events
    assert (found.raw, found.class_uid, found.activity_id) == ("user left", 3002, 2)
    assert (found.vendor, found.product, found.source) == ("Acme", "Gate", "doors")


def test_pairs_of_files_are_found_by_name(tmp_path):
    folder = tmp_path / "mappings" / "login"
    folder.mkdir(parents=True)
    label = json.dumps({"class_uid": 3002, "activity_id": 1})
    for name, text in {
        "in.raw": "one\n", "in.json": label,
        "b_raw.json": '{"k": 2}', "b_ocsf.json": label,
        "c.log": "three", "c.ocsf.json": label,
        "alone.ocsf.json": label,
        "README.md": "ignored",
    }.items():  # fmt: skip
        (folder / name).write_text(text)
    found = import_events("ocsf-pairs", tmp_path / "mappings", TAXONOMY)
    assert sorted(e.raw for e in found.events) == ["one", "three", '{"k": 2}']
    (problem,) = found.problems
    assert "alone.ocsf.json" in problem


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ("No Such Class", "has no class 'No Such Class'"),
        ("99999", "has no class '99999'"),
        ("Security Finding", "deprecated"),
        ("", "no class_uid"),
    ],
)
def test_classes_that_do_not_hold_are_named_with_their_line(tmp_path, label, says):
    found = read(tmp_path, "csv", f"raw,class_uid\nok,3002\nx,{label}\n", name="in.csv")
    assert len(found.events) == 1
    (problem,) = found.problems
    assert problem.startswith("in.csv:3: ")
    assert says in problem


def test_what_is_no_record_is_named_and_the_rest_goes_on(tmp_path):
    first, again = '{"id":"a","raw":"x","class_uid":3002}', '{"id":"a","raw":"y","class_uid":3002}'
    text = "\n".join([first, "nonsense", "7", again, '{"class_uid":3002}'])
    found = read(tmp_path, "jsonl", text)
    assert len(found.events) == 1
    assert [p.split(": ", 1)[1] for p in found.problems] == [
        "not JSON",
        "not an object",
        "id 'a' stands twice",
        "no raw",
    ]


def test_a_mapping_to_nowhere_and_a_missing_file_are_errors(tmp_path):
    with pytest.raises(DataError, match="there is no label"):
        read(tmp_path, "csv", "raw\nx\n", {"label": "raw"})
    with pytest.raises(DataError, match="No such file"):
        import_events("json", tmp_path / "none.json", TAXONOMY)


def test_the_command_writes_a_data_set(tmp_path, invoke):
    source, out = tmp_path / "in.csv", tmp_path / "out.jsonl"
    source.write_text("message,label\nuser left,Authentication\nx,Nonsense\n")
    arguments = ["import", source, "--from", "csv", "--out", out, "--map", "raw=message", "--map", "class_uid=label"]
    done = invoke(*arguments)
    assert done.code == 0, done.err
    assert "in.csv:3" in done.err
    assert [e.raw for e in load_events(out)] == ["user left"]
    out.unlink()
    assert invoke(*arguments, "--strict").code == 1
    assert not out.exists()
    assert invoke("import", source, "--from", "csv", "--out", out, "--map", "nonsense").code == 2
