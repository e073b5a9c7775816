"""The two agents and the ports they stand on; nothing here knows of Flask."""
