"""XML events."""

from __future__ import annotations

import pytest
from event_samples import assert_spans_are_exact, value

from agents.events import Format, parse
from agents.events.parsing.reading import MAX_FIELDS

SYSTEM = (
    '<System><Provider Name="Microsoft-Windows-Security-Auditing" Guid="{54849625-5478-4994-a5ba-3e3b0328c30d}"/>'
    '<EventID Qualifiers="0">4624</EventID><TimeCreated SystemTime="2024-05-01T10:00:00.000Z"/>'
    "<Channel>Security</Channel><Computer>dc01.corp.local</Computer></System>"
)
XMLNS = 'xmlns="http://schemas.microsoft.com/win/2004/08/events/event"'


def test_named_data_takes_its_name_as_segment():
    event = parse(
        f'<Event {XMLNS}>{SYSTEM}<EventData><Data Name="TargetUserName">alice</Data><Data Name="LogonType">3</Data>'
        '<Data Name="Empty"></Data></EventData></Event>'
    )
    assert event.formats == (Format.XML,)
    assert value(event, "System.EventID") == "4624"
    assert value(event, "System.EventID.Qualifiers") == "0"
    assert value(event, "System.Provider.Name") == "Microsoft-Windows-Security-Auditing"
    assert value(event, "System.TimeCreated.SystemTime") == "2024-05-01T10:00:00.000Z"
    assert value(event, "EventData.TargetUserName") == "alice"
    assert value(event, "EventData.LogonType") == "3"
    assert event.message == ""
    assert_spans_are_exact(event)


def test_data_without_names_share_a_path():
    event = parse(f"<Event {XMLNS}>{SYSTEM}<EventData><Data>one</Data><Data>two</Data></EventData></Event>")
    assert [f.value for f in event.fields if f.path == "EventData.Data"] == ["one", "two"]


def test_rendering_info_user_data_prefixes_and_declaration():
    event = parse(
        f"<?xml version='1.0' encoding='utf-16'?>\n<e:Event xmlns:e='urn:x'>{SYSTEM}"
        "<UserData><LogFileCleared xmlns='urn:y'><SubjectUserName>bob</SubjectUserName></LogFileCleared></UserData>"
        "<e:RenderingInfo Culture='en-US'><Message>The audit log was cleared.</Message><Keywords><Keyword>Audit "
        "Success</Keyword></Keywords></e:RenderingInfo></e:Event>"
    )
    assert value(event, "UserData.LogFileCleared.SubjectUserName") == "bob"
    assert value(event, "RenderingInfo.Message") == "The audit log was cleared."
    assert value(event, "RenderingInfo.Culture") == "en-US"
    assert value(event, "RenderingInfo.Keywords.Keyword") == "Audit Success"


def test_entities_and_cdata_are_resolved_and_their_spans_are_of_the_raw_text():
    raw = '<log><cmd line="a &quot;b&quot;">x &lt; y</cmd><blob><![CDATA[<raw>&amp;]]></blob></log>'
    event = parse(raw)
    assert value(event, "cmd.line") == 'a "b"'
    assert value(event, "cmd") == "x < y"
    assert value(event, "blob") == "<raw>&amp;"
    spelled = {f.path: raw[slice(*f.span)] for f in event.fields}
    assert spelled == {"cmd.line": "a &quot;b&quot;", "cmd": "x &lt; y", "blob": "<raw>&amp;"}


def test_spans_count_characters_where_text_is_not_ascii():
    event = parse("<log><who>Zoë 😀</who><where city='Köln'>Zürich</where></log>")
    assert [f.value for f in event.fields] == ["Zoë 😀", "Köln", "Zürich"]
    for field in event.fields:
        assert event.raw[slice(*field.span)] == field.value


def test_a_cut_off_event_keeps_its_first_fields():
    event = parse(f"<Event {XMLNS}>{SYSTEM}<EventData><Data Name='TargetUserName'>ali")
    assert event.format is Format.XML
    assert value(event, "System.EventID") == "4624"


BOMB = (
    '<!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1 if n > 1 else str()};" * 10}">' for n in range(1, 10))
    + "]><lolz>&lol9;</lolz>"
)


@pytest.mark.parametrize(
    "raw",
    [
        f'<?xml version="1.0"?>{BOMB}',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><b>&x;</b></a>',
        '<!DOCTYPE a SYSTEM "http://example.com/a.dtd"><a><b>c</b></a>',
    ],
)
def test_declarations_are_refused(raw):
    event = parse(raw)
    assert event.format is not Format.XML
    assert "root:" not in event.message


@pytest.mark.parametrize("raw", ["<nothing", "<a></b>", "<>", "<a/>", "<not an event> really"])
def test_what_only_starts_like_xml_is_not_xml(raw):
    assert parse(raw).format is not Format.XML


@pytest.mark.parametrize(
    ("raw", "fields", "message"),
    [
        ("<a><b>one<!-- why -->two</b></a>", [("b", "onetwo")], "why"),
        ("<a><!-- why --><b>x &amp; y<![CDATA[<z>]]></b></a>", [("b", "x & y<z>")], "why"),
        ("<a>first <b>x</b> then <c/> last</a>", [("b", "x")], "first then last"),
        ("<a><b>x</b></a> behind it", [("b", "x")], "behind it"),
        ("<a><b>x</b><c>cut o", [("b", "x")], "cut o"),
        ("<a>\n- <b>\n  <c>x</c>\n  </b>\n  </a>", [("b.c", "x")], ""),
    ],
)
def test_text_that_is_no_value_is_the_message(raw, fields, message):
    event = parse(raw)
    assert [(f.path, f.value) for f in event.fields] == fields
    assert event.message == message
    assert_spans_are_exact(event)


def test_a_value_with_a_comment_inside_has_no_span():
    event = parse("<a><b>one<!-- why -->two</b><c>x</c></a>")
    assert [f.span is None for f in event.fields] == [True, False]


def test_elements_beyond_the_bound_on_fields_are_the_message():
    elements = [f"<n>{n}</n>" for n in range(MAX_FIELDS + 3)]
    event = parse(f"<a>{''.join(elements)}</a>")
    assert len(event.fields) == MAX_FIELDS
    assert event.message == "".join(elements[MAX_FIELDS:]) + "</a>"
