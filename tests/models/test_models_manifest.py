import pytest

from models import DEFAULT_EMBEDDING_MODEL, DEFAULT_LANGUAGE_MODEL
from models.errors import ManifestError, UnknownModelError, WeightsMissingError
from models.manifest import load_manifest
from models.weights import find_weights, weights_path

PACKAGED = """
[models.small]
title = "Small"
purpose = "language"
architecture = "llama"
licence = "Apache-2.0"
context = 8192
file = "small.gguf"
[models.small.package]
distribution = "small-weights"
module = "small_weights"
recipe = "requantise_q8_0"
[models.small.package.sha256]
"small.gguf" = "{}"
""".format("0" * 64)


def write(tmp_path, content):
    path = tmp_path / "manifest.toml"
    path.write_text(content)
    return path


def test_the_defaults_come_in_packages_and_are_for_what_they_are_used_for():
    manifest = load_manifest()
    language, embedding = manifest.entry(DEFAULT_LANGUAGE_MODEL), manifest.entry(DEFAULT_EMBEDDING_MODEL)
    assert (language.purpose, embedding.purpose) == ("language", "embedding")
    assert embedding.dimension == 384
    assert language.package
    assert embedding.package


@pytest.mark.parametrize("name", ["llama-3_1-8b-instruct", "mistral-7b-instruct-v0_3"])
def test_the_bigger_models_can_be_fetched(name):
    entry = load_manifest().entry(name)
    assert entry.download
    assert entry.download.url.endswith(entry.file)
    assert entry.remedy == f"logatlas models fetch {name}"


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UnknownModelError, match=r"gpt-9.*smollm2-135m-instruct"):
        load_manifest().entry("gpt-9")


def test_an_adapter_and_its_scale_are_read(tmp_path):
    path = write(tmp_path, PACKAGED + '[models.small.lora]\npath = "a.gguf"\nscale = 0.5\n')
    assert load_manifest(path).entry("small").lora.scale == 0.5


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[models", "manifest.toml"),
        ("", "valid dictionary"),
        (PACKAGED.replace('file = "small.gguf"', 'file = "../small.gguf"'), "small.file"),
        (PACKAGED.replace("context = 8192", "context = 0"), "small.context"),
        (PACKAGED.replace("licence", "license"), "small.licence"),
        (PACKAGED.replace("requantise_q8_0", "magic"), "small.package.recipe"),
        (PACKAGED.replace("0" * 64, "abc"), "small.package.sha256"),
        (PACKAGED.split("[models.small.package]")[0], "either 'package' or 'download'"),
        (PACKAGED.replace('"language"', '"embedding"'), "dimension"),
    ],
)
def test_a_mistake_is_reported_with_its_place(tmp_path, content, complaint):
    with pytest.raises(ManifestError, match=complaint):
        load_manifest(write(tmp_path, content))


def test_a_missing_manifest_is_reported(tmp_path):
    with pytest.raises(ManifestError, match=r"none\.toml"):
        load_manifest(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("smollm2-135m-instruct", "logatlas models prepare"),
        ("llama-3_1-8b-instruct", "logatlas models fetch llama-3_1-8b-instruct"),
    ],
)
def test_missing_weights_name_the_command_that_brings_them(tmp_path, name, remedy):
    with pytest.raises(WeightsMissingError, match=remedy):
        weights_path(name, tmp_path)


def test_a_file_can_be_used_without_a_name(tmp_path):
    path = tmp_path / "mine.Q4_K_M.gguf"
    path.touch()
    weights = find_weights(str(path), tmp_path)
    assert (weights.path, weights.lora) == (path, None)
    assert weights.name.startswith("mine.Q4_K_M@")


def test_a_file_that_is_replaced_gets_another_name(tmp_path):
    path = tmp_path / "mine.gguf"
    path.write_bytes(b"one")
    before = find_weights(str(path), tmp_path).name
    assert find_weights(str(path), tmp_path).name == before
    path.write_bytes(b"other")
    assert find_weights(str(path), tmp_path).name != before


@pytest.mark.parametrize(
    ("name", "error"), [("nope", UnknownModelError), ("nope.gguf", WeightsMissingError), ("/a/b", WeightsMissingError)]
)
def test_what_is_neither_name_nor_file_is_refused(tmp_path, name, error):
    with pytest.raises(error):
        weights_path(name, tmp_path)


@pytest.fixture
def with_adapter(tmp_path, monkeypatch):
    manifest = load_manifest(write(tmp_path, PACKAGED + '[models.small.lora]\npath = "adapters/logs.gguf"\n'))
    monkeypatch.setattr("models.weights.load_manifest", lambda: manifest)
    (tmp_path / "small.gguf").touch()
    return tmp_path


def test_an_adapter_is_found_and_becomes_part_of_the_name(with_adapter):
    adapter = with_adapter / "adapters" / "logs.gguf"
    adapter.parent.mkdir()
    adapter.touch()
    weights = find_weights("small", with_adapter)
    assert (weights.lora, weights.lora_scale) == (adapter, 1.0)
    assert weights.name.startswith("small+logs@")


def test_an_adapter_that_is_not_there_is_reported(with_adapter):
    with pytest.raises(WeightsMissingError, match=r"adapter of small.*adapters/logs\.gguf"):
        find_weights("small", with_adapter)
