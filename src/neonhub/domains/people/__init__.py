"""The people that a workspace knows."""
