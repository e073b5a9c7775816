"""How right a run was: figures with intervals, tables and comparisons over labelled events and what was decided."""
