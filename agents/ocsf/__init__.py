"""The OCSF taxonomy: categories, classes and activities of one version."""

from agents.ocsf.taxonomy import Activity, OcsfClass, Taxonomy, load_taxonomy

__all__ = ["Activity", "OcsfClass", "Taxonomy", "load_taxonomy"]
