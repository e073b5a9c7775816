"""The commands of ``python -m evals``, a module for each group of them."""
