"""Rows to measure by: tenants of very different sizes, streamed into the tables by COPY.

``load`` writes them; ``tenants`` says how many and how large, ``people``, ``marketing``, ``work``
and ``knowledge`` make the rows, ``stream`` what they have in common.
"""
