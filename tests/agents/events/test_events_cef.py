"""CEF events."""

from __future__ import annotations

from event_samples import assert_spans_are_exact, value

from agents.events import Format, parse


def test_header_and_extension():
    event = parse(
        "CEF:0|Security|threat\\|manager|1.0|100|worm \\| stopped|10|src=10.0.0.1 msg=a long text dst=2.1.2.2 "
        "request=http://x/?a\\=b&c\\=d act=blocked"
    )
    assert event.formats == (Format.CEF,)
    assert value(event, "cef.device_vendor") == "Security"
    assert value(event, "cef.device_product") == "threat|manager"
    assert value(event, "cef.signature_id") == "100"
    assert value(event, "cef.name") == "worm | stopped"
    assert value(event, "cef.severity") == "10"
    assert value(event, "msg") == "a long text"
    assert value(event, "request") == "http://x/?a=b&c=d"
    assert value(event, "act") == "blocked"
    assert_spans_are_exact(event)


def test_custom_fields_are_found_under_their_label_too():
    event = parse("CEF:0|V|P|1|1|n|1|cs1Label=Policy Name cs1=Block all cn1=7 cn1Label=Hits")
    assert value(event, "cs1") == "Block all"
    assert value(event, "Policy Name") == "Block all"
    assert value(event, "Hits") == "7"


def test_line_breaks_and_backslashes():
    event = parse("CEF:1|V|P|1|1|n|1|msg=one\\ntwo filePath=C:\\\\Temp\\\\x.exe other=C:\\Temp")
    assert value(event, "msg") == "one\ntwo"
    assert value(event, "filePath") == "C:\\Temp\\x.exe"
    assert value(event, "other") == "C:\\Temp"


def test_a_cut_off_header_is_read_as_far_as_it_goes():
    event = parse("CEF:0|Vendor|Product|1.0|42")
    assert value(event, "cef.signature_id") == "42"


def test_no_header_is_no_cef():
    assert parse("CEF: what is it").format is Format.TEXT
