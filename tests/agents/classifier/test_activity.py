"""The activity: a guide's word first, else the event's own words."""

import pytest

from agents.classifier.activity import choose_activity
from agents.events import make_template, parse
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


def test_every_word_belongs_to_an_activity_and_every_default_to_its_class():
    from agents.classifier.activity import _vocabulary

    captions = {a.caption for c in TAXONOMY.current for a in c.activities.values()}
    vocabulary = _vocabulary()
    assert set(vocabulary.phrases) <= captions
    for name, caption in vocabulary.default.items():
        assert TAXONOMY.find(name).activity(caption) is not None, name
