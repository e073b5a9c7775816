"""Fits ``agents/chat/wording.npz``, which tells what a question asks by its words and their meaning.

Run it after a change of ``phrasings.jsonl``, ``intents.yaml`` or ``jargon.yaml``. Prints how many of the phrasings are
understood when they are held out. Needs scikit-learn (``make setup-dev``).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agents.chat.clauses import clause_of  # noqa: E402
from agents.chat.intents import intent_examples  # noqa: E402
from agents.chat.names import ClassNames  # noqa: E402
from agents.chat.references import Memory  # noqa: E402
from agents.chat.wording import FILE, digest, features_of, phrasings, spoken  # noqa: E402
from agents.knowledge.embedding import LlamaCppEmbedder  # noqa: E402
from agents.ocsf.taxonomy import load_taxonomy  # noqa: E402
from models import DEFAULT_EMBEDDING_MODEL, WEIGHTS_DIR  # noqa: E402
from models.weights import find_weights  # noqa: E402

SEEN = 2
"""How many questions must have a word before it counts."""
PENALTY = 5.0
"""Inverse strength of the L2 penalty."""
_BATCH = 64


def main() -> None:
    """Fit on everything, after telling how well it does on what it has not seen."""
    names, nothing = ClassNames(load_taxonomy()), Memory((), None)
    known = list(intent_examples())
    every = known + [(intent, clause_of(text, names, None, nothing).said) for intent, text in phrasings()]
    intents, texts = [intent for intent, _ in every], [text for _, text in every]
    embedder = LlamaCppEmbedder(find_weights(DEFAULT_EMBEDDING_MODEL, WEIGHTS_DIR).path)
    try:
        asked = [spoken(text) for text in texts]
        meaning = np.vstack([embedder.embed(asked[at : at + _BATCH]) for at in range(0, len(asked), _BATCH)])
    finally:
        embedder.close()
    vectorizer = TfidfVectorizer(analyzer=lambda said: list(features_of(said)), sublinear_tf=True, min_df=SEEN)
    words = vectorizer.fit_transform(texts)
    together = hstack([words, csr_matrix(meaning)]).tocsr()
    fitted = {}
    for name, given in (("alone", words), ("together", together)):
        model = LogisticRegression(C=PENALTY, max_iter=1000)
        told = cross_val_predict(model, given, intents, cv=5)
        right = np.mean([a == b for a, b in zip(told[len(known) :], intents[len(known) :], strict=True)])
        print(f"words {name}: {right:.3f} of {len(intents) - len(known)} phrasings right when held out")
        fitted[name] = model.fit(given, intents)
    weights = fitted["together"].coef_.T
    arrays = {
        "rarity": vectorizer.idf_,
        "alone_words": fitted["alone"].coef_.T,
        "alone_bias": fitted["alone"].intercept_,
        "together_words": weights[: words.shape[1]],
        "together_bias": fitted["together"].intercept_,
        "meaning": weights[words.shape[1] :],
    }
    np.savez_compressed(
        ROOT / "agents/chat" / FILE,
        embedder=embedder.name,
        digest=digest(),
        intents="\n".join(fitted["together"].classes_),
        features="\n".join(vectorizer.get_feature_names_out()),
        **{name: array.astype(np.float16) for name, array in arrays.items()},
    )


if __name__ == "__main__":
    main()
