"""The subcommands of ``logatlas``, one module each with a click command called ``command``."""
