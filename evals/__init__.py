"""Evaluation: how right the classifier is, how sure it may be, and what each part is worth."""
