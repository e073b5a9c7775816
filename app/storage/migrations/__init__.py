"""The numbered SQL migrations, one statement a file; ``app/storage/migrate.py`` runs them."""
