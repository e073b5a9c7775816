"""The taxonomy as the rest of the product relies on it."""

import pytest

from agents.errors import ConfigurationError
from agents.ocsf import load_taxonomy
from agents.ocsf.taxonomy import plain_text


def test_default_version_holds_core_and_windows_classes():
    taxonomy = load_taxonomy("1.8.0")
    authentication = taxonomy[3002]
    assert authentication.caption == "Authentication"
    assert (authentication.category_uid, authentication.category_name) == (3, "Identity & Access Management")
    assert authentication.activity(1).caption == "Logon"
    assert authentication.activity("service ticket request").activity_id == 4
    assert authentication.type_uid(1) == 300201
    assert taxonomy[201001].name == "win/registry_key_activity"
    assert 0 in taxonomy


def test_descriptions_are_plain_text():
    for ocsf_class in load_taxonomy("1.8.0").classes.values():
        texts = [
            ocsf_class.description,
            ocsf_class.deprecation,
            *(a.description for a in ocsf_class.activities.values()),
        ]
        assert not any("<" in text and ">" in text for text in texts), ocsf_class.caption


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Use <code>a</code> &amp; <b>b</b>.", "Use a & b."),
        ("One.<br>Two.<p>Three</p>", "One. Two. Three"),
        ("level < 3 and > 1", "level < 3 and > 1"),
        ("", ""),
    ],
)
def test_plain_text(html, text):
    assert plain_text(html) == text


@pytest.mark.parametrize(
    ("deprecated", "replacements"),
    [(4010, (6006,)), (2001, (2002, 2003, 2004, 2005, 2006)), (5007, (5040,)), (205004, (5040,))],
)
def test_deprecated_classes_name_their_replacement(deprecated, replacements):
    taxonomy = load_taxonomy("1.8.0")
    assert taxonomy[deprecated].deprecated
    assert taxonomy[deprecated].replaced_by == replacements
    assert taxonomy[deprecated] not in taxonomy.current


@pytest.mark.parametrize("name", ["Authentication", "authentication", 3002, "AUTHENTICATION"])
def test_find_by_any_name(name):
    assert load_taxonomy("1.8.0").find(name).uid == 3002


def test_find_prefers_a_current_class_and_knows_nothing_else():
    taxonomy = load_taxonomy("1.8.0")
    assert taxonomy.find("file_hosting").uid == 6006
    assert taxonomy.find("registry_key_activity").uid == 201001
    assert taxonomy.find("no such class") is None


def test_telling_attributes_are_the_class_s_own():
    taxonomy = load_taxonomy("1.8.0")
    assert {"query", "answers", "rcode"} <= set(taxonomy[4003].telling_attributes)
    assert not {"metadata", "time", "severity_id", "cloud"} & set(taxonomy[4003].telling_attributes)


def test_every_packaged_version_loads_and_an_unknown_one_says_which_there_are():
    import ocsf_json_schema

    for version in ocsf_json_schema.get_packaged_versions():
        assert load_taxonomy(version)[3002].caption == "Authentication"
    with pytest.raises(ConfigurationError, match=r"9\.9\.9 is not available.*1\.8\.0"):
        load_taxonomy("9.9.9")
