"""The catalog: its format, the errors a writer sees, and that every guide recognises its own samples."""

import json

import pytest

from agents.events import Source, parse
from agents.knowledge.catalog import CatalogError, EventView, GuideIndex, Tier, fill, load_catalog
from agents.ocsf import load_taxonomy

TAXONOMY = load_taxonomy("1.8.0")
CATALOG = load_catalog(TAXONOMY, strict=True)
INDEX = GuideIndex(CATALOG.guides)

GOOD = """\
product: demo
vendor: Example
title: Demo
reference: https://example.com/logs
aliases: {code: [event_code]}
when: {app: demo}
guides:
  - id: "1"
    title: A login
    match: {code: 7}
    class: Authentication
    activity:
      - {when: {result: [ok, success]}, is: Logon}
      - {is: Other}
    meaning: Somebody logged in to the demo.
    samples: ["app=demo code=7 result=ok user={{user}}"]
"""


@pytest.mark.parametrize("product", CATALOG.products)
def test_every_sample_is_recognised_by_its_own_guide_above_all_others(product):
    for guide in CATALOG.guides:
        if guide.product != product:
            continue
        for number, sample in enumerate(guide.samples):
            for seed in range(2):
                view = EventView(parse(fill(sample, seed), Source()))
                assert guide.matches(view) is not None, f"{guide.guide_id}#{number} does not match {view.event}"
                matches = INDEX.match(view)
                best = matches[0].guide.specificity
                winners = {m.guide.class_uid for m in matches if m.guide.specificity == best}
                told = f"{guide.guide_id}#{number}: {sorted(m.guide.guide_id for m in matches)}"
                assert winners == {guide.class_uid}, told


def test_the_index_finds_what_asking_every_guide_finds():
    for guide in CATALOG.guides[::40]:
        view = EventView(parse(fill(guide.samples[0], 5), Source()))
        asked = {g.guide_id for g in CATALOG.guides if g.matches(view)}
        assert {m.guide.guide_id for m in INDEX.match(view)} == asked
        without = INDEX.match(view, frozenset({guide.product}))
        assert {m.guide.guide_id for m in without} == {i for i in asked if not i.startswith(f"guide:{guide.product}:")}


def test_an_index_of_guides_that_ask_only_for_text(tmp_path):
    text = GOOD.replace("when: {app: demo}\n", "").replace("match: {code: 7}", "match: {raw: {contains: wibble}}")
    index = GuideIndex(load_catalog(TAXONOMY, write(tmp_path, text.replace("app=demo code=7", "wibble"))).guides)
    assert index.match(EventView(parse("nothing of that kind"))) == []
    assert [m.guide.guide_id for m in index.match(EventView(parse("a WIBBLE here")))] == ["guide:demo:1"]
    assert len(index) == 1
    assert GuideIndex(()).match(EventView(parse("x"))) == []


_MANY_CLASSES = 3


@pytest.mark.parametrize("product", CATALOG.products)
def test_a_guide_that_also_fits_what_others_of_its_product_know_better_is_a_fallback(product):
    guides = [guide for guide in CATALOG.guides if guide.product == product and guide.tier is Tier.PRODUCT]
    index = GuideIndex(guides)
    others: dict[str, set[int]] = {}
    for guide in guides:
        for sample in guide.samples:
            for match in index.match(EventView(parse(fill(sample, 0), Source()))):
                if match.guide.specificity < guide.specificity and match.guide.class_uid != guide.class_uid:
                    others.setdefault(match.guide.guide_id, set()).add(guide.class_uid)
    unsaid = {g.guide_id for g in guides if not g.fallback and len(others.get(g.guide_id, ())) >= _MANY_CLASSES}
    assert not unsaid, "these fit events of three other classes: say `fallback: true`"


@pytest.mark.parametrize(
    "name",
    [
        "CreateLogGroup",
        "ModifyTargetGroup",
        "CreateDBSubnetGroup",
        "UpdateAutoScalingGroup",
        "CreateUserPool",
        "Publish",
    ],
)
def test_a_cloud_call_named_after_a_group_of_things_is_a_call(name):
    event = f'{{"eventVersion":"1.10","eventSource":"x.amazonaws.com","eventName":"{name}","awsRegion":"eu-west-1"}}'
    matches = INDEX.match(EventView(parse(event)))
    assert (matches[0].guide.guide_id, matches[0].guide.settles) == ("guide:aws-cloudtrail:api-call", True)
    assert "guide:generic:group-changed" not in {m.guide.guide_id for m in matches}


@pytest.mark.parametrize(
    "name",
    [
        "createGroup",
        "DELETE_GROUP",
        "AddMemberToGroup",
        "remove user from the team",
        "team.member_added",
        "groups updated",
    ],
)
def test_a_group_of_people_is_known_by_its_words(name):
    assert "guide:generic:group-changed" in {
        m.guide.guide_id for m in INDEX.match(EventView(parse(f'{{"action":"{name}"}}')))
    }


_MANY_CONDITIONS = 3
_SAID_IN_PASSING = (
    "a user logged in and a login failed, an alert on malware and ransomware was created, a job has been started and "
    "finished, a policy was changed, a file was deleted and a device blocked"
)
_STILL_READ_AS_EVENTS = {
    "airspace-feeds:dedrone",
    "ftp-servers:sftp-json",
    "ftp-servers:sftp-login",
    "ftp-windows:login",
    "iot-ups:ups-login",
    "ivanti-connect-secure:admin-change",
    "watchguard:threat",
}
"""Guides that free text may satisfy, because lines of their products carry no more than such words."""


def test_text_that_only_speaks_of_a_product_satisfies_no_strong_guide_of_it():
    names: dict[str, set[str]] = {}
    for guide in CATALOG.guides:
        if guide.tier is Tier.PRODUCT:
            names.setdefault(guide.product, set()).update({guide.product_title, guide.vendor, guide.product})
    found = set()
    for of_product in names.values():
        text = f"Question on {', '.join(sorted(of_product))}, {_SAID_IN_PASSING}"
        for event in (json.dumps({"ticket": 4711, "queue": "helpdesk", "description": text}), f"{text}. Thank you"):
            for match in INDEX.match(EventView(parse(event))):
                guide = match.guide
                if guide.tier is Tier.PRODUCT and not guide.fallback and guide.specificity >= _MANY_CONDITIONS:
                    found.add(guide.guide_id.removeprefix("guide:"))
    assert found == _STILL_READ_AS_EVENTS, "ask for what only the product writes, not for its bare name"


@pytest.mark.parametrize("relay", ["vector", "filebeat", "fluentd", "fluent-bit", "td-agent", "splunkd"])
def test_a_shipper_that_relays_under_its_own_name_is_not_taken_for_the_source(relay):
    event = f'<134>1 2026-06-02T04:12:23Z relay-2 {relay} - - - {{"gate":"north","badge":"4711","result":"refused"}}'
    assert not [m for m in INDEX.match(EventView(parse(event))) if m.guide.tier is Tier.PRODUCT]


def test_guides_say_what_they_rest_on():
    for guide in CATALOG.guides:
        assert guide.reference.startswith("https://")
        assert guide.meaning
        assert guide.activities[-1].when == () or len(guide.activities) > 0


def write(tmp_path, text, name="demo.yaml"):
    (tmp_path / name).write_text(text)
    return tmp_path


def test_conditions_aliases_and_activity_rules(tmp_path):
    (guide,) = load_catalog(TAXONOMY, write(tmp_path, GOOD), strict=True).guides
    assert guide.guide_id == "guide:demo:1"
    match = guide.matches(EventView(parse('{"App": "DEMO", "event_code": 7, "result": "Success"}')))
    assert match is not None
    assert match.activity_id == 1
    assert {f.path for f in match.fields} == {"App", "event_code", "result"}
    assert guide.matches(EventView(parse('{"app": "demo", "code": 7, "result": "no"}'))).activity_id == 99
    assert guide.matches(EventView(parse('{"app": "demo", "code": 8}'))) is None
    assert guide.matches(EventView(parse('{"app": "other", "code": 7}'))) is None


@pytest.mark.parametrize("spelling", ["eventCode", "EVENT_CODE", "event-code", "data.Event Code"])
def test_separators_and_case_of_field_names_make_no_difference(tmp_path, spelling):
    (guide,) = load_catalog(TAXONOMY, write(tmp_path, GOOD), strict=True).guides
    assert guide.matches(EventView(parse(f'{{"app": "demo", "{spelling}": 7}}'))) is not None


def test_a_condition_on_the_log_holds_in_an_envelope_that_escapes_its_quotes(tmp_path):
    text = GOOD.replace("match: {code: 7}", "match: {raw: {contains: '\"code\":7'}}")
    (guide,) = load_catalog(TAXONOMY, write(tmp_path, text)).guides
    event = '{"app":"demo","code":7}'
    assert guide.matches(EventView(parse(event)))
    assert guide.matches(EventView(parse(json.dumps({"message": event}))))
    outside = json.dumps({"app": "demo", "agent": '"code":7'})
    assert guide.matches(EventView(parse(outside))) is None


def test_the_field_of_the_whole_path_goes_before_deeper_ones_of_the_same_name(tmp_path):
    (guide,) = load_catalog(TAXONOMY, write(tmp_path, GOOD)).guides
    event = {"app": "demo", "code": 8, "old": {"code": 7}}
    assert guide.matches(EventView(parse(json.dumps(event)))) is None
    assert guide.matches(EventView(parse(json.dumps({"app": "demo", "old": {"code": 7}}))))
    # A shipper's own field says nothing of the event.
    shipped = {"code": 8, "log": json.dumps({"app": "demo", "code": 7})}
    assert guide.matches(EventView(parse(json.dumps(shipped))))


def test_an_expression_reads_on_over_the_lines_of_an_event(tmp_path):
    text = GOOD.replace("when: {app: demo}\n", "").replace(
        "match: {code: 7}", "match: {raw: {regex: '^demo.*door opened'}}"
    )
    (guide,) = load_catalog(TAXONOMY, write(tmp_path, text)).guides
    view = EventView(parse("demo\n  unit 7\n  door opened\n"))
    assert guide.matches(view)
    assert [match.guide for match in GuideIndex([guide]).match(view)] == [guide]


def test_a_generic_guide_never_outweighs_one_of_a_product(tmp_path):
    (special,) = load_catalog(TAXONOMY, write(tmp_path, GOOD), strict=True).guides
    many = GOOD.replace("product: demo", "product: common\ntier: generic").replace(
        "match: {code: 7}", "match: {code: {equals: 7, prefix: 7, suffix: 7, exists: true}, result: {exists: true}}"
    )
    (generic,) = (
        g for g in load_catalog(TAXONOMY, write(tmp_path, many, "common.yaml")).guides if g.tier is Tier.GENERIC
    )
    assert len(generic.match) > len(special.match)
    assert generic.specificity < special.specificity


def test_a_guide_says_whose_it_is():
    names = {guide.guide_id: guide.product_name for guide in CATALOG.guides}
    assert names["guide:aws-cloudtrail:api-call"] == "Amazon Web Services AWS CloudTrail"
    assert names["guide:cisco-asa:denied"].startswith("Cisco ASA")
    assert names["guide:generic:group-changed"] == "any product"


def test_metadata_round_trip_keeps_what_a_guide_matches(tmp_path):
    (guide,) = load_catalog(TAXONOMY, write(tmp_path, GOOD)).guides
    again = type(guide).from_metadata(guide.guide_id, guide.title, guide.class_uid, guide.to_metadata())
    assert again == guide


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("class: Authentication", "class: Authentification", 11, "no class 'Authentification'"),
        ("class: Authentication", "class: Security Finding", 11, "deprecated"),
        ("is: Logon", "is: Login", 13, "no activity 'Login'"),
        ("class: Authentication", "class: Authentication\n    settles: true", 12, "only a fallback settles"),
        ("match: {code: 7}", "match: {code: {regexp: x}}", 10, "Extra inputs"),
        ("match: {code: 7}", 'match: {code: {regex: "("}}', 10, "bad pattern"),
        ("    title: A login\n", "", 8, "required"),
        ("product: demo", "product: other", 1, "file name"),
        ("title: Demo", "title: [", 5, ""),
        ("reference: https://example.com/logs", "reference: example", 4, "pattern"),
    ],
)
def test_errors_name_file_and_line(tmp_path, old, new, line, says):
    with pytest.raises(CatalogError) as error:
        load_catalog(TAXONOMY, write(tmp_path, GOOD.replace(old, new)), strict=True)
    assert error.value.message.startswith(f"demo.yaml:{line}:"), error.value.message
    assert says in error.value.message


def test_an_id_used_twice_is_an_error(tmp_path):
    entry = GOOD[GOOD.index('  - id: "1"') :]
    with pytest.raises(CatalogError, match="used twice"):
        load_catalog(TAXONOMY, write(tmp_path, GOOD + entry))


def test_an_older_taxonomy_leaves_guides_out_and_says_so(tmp_path):
    text = GOOD.replace("class: Authentication", "class: Evidence Info").replace("is: Logon", "is: Query")
    catalog = load_catalog(load_taxonomy("1.0.0"), write(tmp_path, text))
    assert catalog.guides == ()
    assert "demo.yaml:11" in catalog.left_out[0]


def test_the_packaged_catalog_loads_for_every_version():
    import ocsf_json_schema

    for version in ocsf_json_schema.get_packaged_versions():
        catalog = load_catalog(load_taxonomy(version))
        assert catalog.guides


def test_every_placeholder_exists():
    with pytest.raises(KeyError):
        fill("{{nothing_like_this}}", 0)
    assert fill("{{ip}}", 1) == fill("{{ip}}", 1) != fill("{{ip}}", 2)
