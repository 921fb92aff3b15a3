"""What a database is filled with: the baseline, the demo, and rows to measure by.

``baseline`` is light: `neonhub up` runs it. ``demo`` and ``scale`` are imported on use.
"""
