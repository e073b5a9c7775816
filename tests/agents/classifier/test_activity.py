"""The activity: a guide's word first, else the event's own words."""

import pytest

from agents.classifier import load_ranker
from agents.classifier.activity import choose_activity
from agents.events import make_template, parse
from agents.knowledge.catalog import EventView, Guide
from agents.ocsf import load_taxonomy

TAXONOMY = load_taxonomy("1.8.0")


@pytest.mark.parametrize(
    ("class_name", "raw", "activity"),
    [
        ("Authentication", '{"action": "user_login", "result": "failure"}', "Logon"),
        ("Authentication", '{"action": "logout"}', "Logoff"),
        ("Authentication", "nothing telling at all", "Logon"),
        ("Account Change", '{"operation": "Reset user password."}', "Password Reset"),
        ("Account Change", '{"operation": "CreateUser"}', "Create"),
        ("Account Change", '{"eventType": "user.account.lock"}', "Lock"),
        ("Group Management", '{"operation": "Add member to group."}', "Add User"),
        ("API Activity", '{"eventName": "DescribeInstances"}', "Read"),
        ("API Activity", '{"eventName": "DeleteBucket"}', "Delete"),
        ("File Hosting Activity", '{"event_type": "DOWNLOAD"}', "Download"),
        ("Network Activity", "action=deny proto=6", "Refuse"),
        ("Network Activity", "Teardown TCP connection 7", "Close"),
        ("Detection Finding", '{"id": 7}', "Create"),
        ("HTTP Activity", "method=GET status=200", "Get"),
        ("Process Activity", "nothing to see", "Unknown"),
    ],
)
def test_words_of_the_event_name_the_activity(class_name, raw, activity):
    ocsf_class = TAXONOMY.find(class_name)
    event = parse(raw)
    chosen = choose_activity(ocsf_class, None, event, make_template(event))
    assert ocsf_class.activities[chosen].caption == activity


LEARNED = load_ranker().activities


@pytest.mark.parametrize(
    ("class_name", "raw", "activity"),
    [
        ("File System Activity", "fichier supprimé par utilisateur jean", "Delete"),
        ("Account Change", '{"evt":"user.provisioned","actor":"hr-sync"}', "Create"),
        ("Scheduled Job Activity", "job nightly-backup kicked off by scheduler", "Start"),
    ],
)
def test_what_was_learned_tells_activities_in_words_that_no_list_has(class_name, raw, activity):
    ocsf_class, event = TAXONOMY.find(class_name), parse(raw)
    chosen = choose_activity(ocsf_class, None, event, make_template(event), LEARNED)
    assert ocsf_class.activities[chosen].caption == activity


@pytest.mark.parametrize(("probability", "activity"), [(0.79, "Collect"), (0.81, "Log")])
def test_an_inventory_was_collected_unless_it_was_surely_only_logged(probability, activity):
    class Learned:
        def likeliest(self, captions, event, template):
            assert {"Log", "Collect"} <= set(captions)
            return "Log", probability

    ocsf_class, event = TAXONOMY.find("Software Inventory Info"), parse('{"pkg":"vim","release":"9.1"}')
    chosen = choose_activity(ocsf_class, None, event, make_template(event), Learned())
    assert ocsf_class.activities[chosen].caption == activity


def test_a_guide_s_activity_stands_unless_it_says_nothing():
    ocsf_class, event = TAXONOMY.find("Account Change"), parse('{"event": "user deleted"}')
    template = make_template(event)

    def match(activity_id):
        metadata = {"activities": [{"activity_id": activity_id, "when": []}]}
        return Guide.from_metadata("guide:p:1", "t", ocsf_class.uid, metadata).matches(EventView(event))

    create, other, delete = (ocsf_class.activity(name).activity_id for name in ("Create", "Other", "Delete"))
    assert choose_activity(ocsf_class, match(create), event, template, LEARNED) == create
    assert choose_activity(ocsf_class, match(other), event, template, LEARNED) == delete
    assert choose_activity(ocsf_class, match(other), event, template) == other


def test_other_that_a_rule_names_stands_where_other_by_default_gives_way():
    ocsf_class, event = TAXONOMY.find("Account Change"), parse('{"event": "user deleted"}')
    template = make_template(event)
    other, delete = (ocsf_class.activity(name).activity_id for name in ("Other", "Delete"))
    named = {"activity_id": other, "when": [condition("event", "user deleted")]}
    elsewhere = {"activity_id": other, "when": [condition("event", "user renamed")]}
    default = {"activity_id": other, "when": []}

    def chosen(*rules):
        guide = Guide.from_metadata("guide:p:1", "t", ocsf_class.uid, {"activities": rules})
        return choose_activity(ocsf_class, guide.matches(EventView(event)), event, template, LEARNED)

    assert chosen(named, default) == other
    assert chosen(elsewhere, default) == delete


def condition(path, value):
    return {"paths": [path], "operator": "equals", "values": [value], "negated": False}


def test_every_word_belongs_to_an_activity_and_every_default_to_its_class():
    from agents.classifier.activity import _vocabulary

    captions = {a.caption for c in TAXONOMY.current for a in c.activities.values()}
    vocabulary = _vocabulary()
    assert set(vocabulary.phrases) <= captions
    assert set(vocabulary.least) <= captions
    for name, caption in vocabulary.default.items():
        assert TAXONOMY.find(name).activity(caption) is not None, name
