"""A second organization in which every table of every domain holds rows that agree.

``make`` writes it. ``world`` is what all other modules fill; each of those holds one domain.
"""
