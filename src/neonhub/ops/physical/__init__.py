"""Physical backups of a server that one owns: its files, its log, and any moment between."""
