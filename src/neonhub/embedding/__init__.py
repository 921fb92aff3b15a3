"""Text to vectors: one small protocol, and the embedders behind it.

The package knows no database. Import what is used: ``base`` for the protocol, ``registry`` to
get an embedder from the settings, ``wire`` for pgvector's binary form. Nothing heavy is
imported here, so that a command that embeds nothing pays nothing.
"""
