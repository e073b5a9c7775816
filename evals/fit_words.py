"""Fits the word model: logistic regression over the words of events made from the catalog."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from agents.classifier.words import WordModel, from_bytes, to_bytes

_LEAST_PRODUCTS = 2
_STRENGTH = 30.0
_BALANCE = 0.5
_MOST_WORDS = 30_000


def fit_words(
    documents: Sequence[Collection[str]], class_uids: Sequence[int], products: Sequence[str], most: int = _MOST_WORDS
) -> WordModel:
    """The word model of these documents (the words of each event), their classes and their products.

    Words of a single product are left out: they could only tell the product, which guides do better. An event
    weighs less the more events its product has of its class (to the power -0.5). Of the words the ``most``
    with the largest weights are kept.
    """
    sources: dict[str, set[str]] = defaultdict(set)
    for document, product in zip(documents, products, strict=True):
        for word in document:
            sources[word].add(product)
    vocabulary = sorted(word for word, found in sources.items() if len(found) >= _LEAST_PRODUCTS)
    vectorizer = TfidfVectorizer(analyzer=_as_it_is, vocabulary=vocabulary, binary=True, dtype=np.float32)
    matrix = vectorizer.fit_transform(documents)
    counts = Counter(zip(products, class_uids, strict=True))
    sample_weight = np.array([counts[key] ** -_BALANCE for key in zip(products, class_uids, strict=True)])
    sample_weight *= len(sample_weight) / sample_weight.sum()
    regression = LogisticRegression(C=_STRENGTH, max_iter=150, tol=1e-3)
    with warnings.catch_warnings():  # a training of few events has about as many classes as events, rightly
        warnings.filterwarnings("ignore", message="The number of unique classes", category=UserWarning)
        regression.fit(matrix, np.asarray(class_uids), sample_weight=sample_weight)
    weights, bias = regression.coef_.T, regression.intercept_
    if len(regression.classes_) == 2:  # told by one column, for the second class
        weights, bias = np.hstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    kept = np.sort(np.argsort(-np.abs(weights).max(axis=1), kind="stable")[:most])
    model = WordModel(
        version="",
        class_uids=tuple(int(uid) for uid in regression.classes_),
        vocabulary={vocabulary[row]: number for number, row in enumerate(kept)},
        rarity=vectorizer.idf_[kept].astype(np.float32),
        weights=weights[kept].astype(np.float32),
        bias=bias.astype(np.float32),
    )
    return from_bytes(to_bytes(model))  # as it will be once it is a file: 8 bits a weight, with its version


def _as_it_is(document: Collection[str]) -> Collection[str]:
    return document
