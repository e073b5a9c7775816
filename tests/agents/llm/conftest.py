import pytest

from agents.llm import Message
from agents.llm.llama_cpp import LlamaCppModel
from models import DEFAULT_LANGUAGE_MODEL, WEIGHTS_DIR
from models.prepare import prepare

LOG = "<86>Nov 22 10:00:01 gw sshd[411]: Failed password for invalid user admin from 198.51.100.2 port 4122 ssh2"
CHOICES = ["Authentication", "Account Change", "Process Activity", "Network Activity", "Account Change", "DNS Activity"]


@pytest.fixture(scope="session")
def smollm():
    """The path of the default model's weights."""
    return prepare(DEFAULT_LANGUAGE_MODEL, WEIGHTS_DIR)


@pytest.fixture(scope="session")
def model(smollm):
    """The default model, shared by the tests that do not wear it out."""
    model = LlamaCppModel(smollm, name="smollm2", context=512, queue_size=32)
    yield model
    model.close()


@pytest.fixture
def question():
    """Messages that ask for the class of a log."""

    def ask(log=LOG):
        return [Message("system", "You name event classes."), Message("user", f"Event:\n{log}\nName its class.")]

    return ask
