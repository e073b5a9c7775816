"""The OCSF taxonomy: categories, classes and activities of one version."""

from agents.ocsf.taxonomy import BASE_EVENT_UID, Activity, OcsfClass, Taxonomy, load_taxonomy

__all__ = ["BASE_EVENT_UID", "Activity", "OcsfClass", "Taxonomy", "load_taxonomy"]
