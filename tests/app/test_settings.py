"""The settings table, and the files that are written from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.errors import ConfigurationError
from app.settings import Settings, env_sample, is_secret, load_settings, setting_name, settings_markdown

ROOT = Path(__file__).parents[2]
SECRETS = [setting_name(f, n) for n, f in Settings.model_fields.items() if is_secret(f)]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch, tmp_path):
    """Starts each test without settings from the machine."""
    for name, field in Settings.model_fields.items():
        monkeypatch.delenv(setting_name(field, name), raising=False)
    monkeypatch.chdir(tmp_path)


def test_env_sample_equals_the_table():
    assert (ROOT / ".env.sample").read_text() == env_sample(), "run: logatlas settings --env-sample > .env.sample"


def test_docs_equal_the_table():
    written = (ROOT / "docs" / "settings.md").read_text()
    assert written == settings_markdown(), "run: logatlas settings --markdown > docs/settings.md"


def test_every_setting_is_described_and_has_a_name_of_its_own():
    names = [setting_name(field, name) for name, field in Settings.model_fields.items()]
    assert len(set(names)) == len(names)
    assert all(field.description for field in Settings.model_fields.values())


def test_env_sample_can_be_used_as_it_is(tmp_path):
    uncommented = "\n".join(line.removeprefix("#") for line in env_sample().splitlines() if "=" in line.split(" ")[0])
    # Empty means "not set" for most; what is left must be readable.
    kept = [line for line in uncommented.splitlines() if not line.endswith("=")]
    (tmp_path / ".env").write_text("\n".join(kept))
    assert load_settings() == Settings(_env_file=None)


def test_nothing_listens_beyond_this_machine_by_default():
    assert load_settings().host == "127.0.0.1"


def test_arguments_win_over_environment_over_secret_file_over_env_file(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("LOGATLAS_PORT=1\nTRIEVE_API_KEY=from-env-file\nLOGATLAS_THREADS=3\n")
    (tmp_path / "secret").write_text("from-secret-file\n")
    assert load_settings().port == 1
    assert load_settings().trieve_api_key.get_secret_value() == "from-env-file"
    monkeypatch.setenv("TRIEVE_API_KEY_FILE", str(tmp_path / "secret"))
    assert load_settings().trieve_api_key.get_secret_value() == "from-secret-file"
    monkeypatch.setenv("TRIEVE_API_KEY", "from-environment")
    monkeypatch.setenv("LOGATLAS_PORT", "2")
    assert load_settings().trieve_api_key.get_secret_value() == "from-environment"
    assert (load_settings().port, load_settings(port=3).port, load_settings().threads) == (2, 3, 3)


@pytest.mark.parametrize("name", SECRETS)
def test_each_secret_may_come_from_a_file(monkeypatch, tmp_path, name):
    (tmp_path / "secret").write_text("s3cret-of-enough-length-for-any-key\r\n")
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "secret"))
    settings = load_settings()
    values = {setting_name(f, n): getattr(settings, n) for n, f in Settings.model_fields.items()}
    assert values[name].get_secret_value() == "s3cret-of-enough-length-for-any-key"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_secret_file_that_cannot_be_read_is_named(monkeypatch, tmp_path, content):
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("LLM_API_KEY_FILE", str(path))
    with pytest.raises(ConfigurationError, match="LLM_API_KEY_FILE"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOGATLAS_PORT", "hunter2"),
        ("LOGATLAS_PORT", "70000"),
        ("LOGATLAS_LOG_LEVEL", "hunter2"),
        ("LOGATLAS_BOOTSTRAP_TOKEN", "hunter2"),
        ("LOGATLAS_ABSTAIN_BELOW", "2"),
    ],
)
def test_bad_values_are_named_but_not_shown(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name) as caught:
        load_settings()
    assert "hunter2" not in caught.value.message or name == "LOGATLAS_LOG_LEVEL"
