"""Commands that stand alone: ``neonhub COMMAND``."""
