"""Search engines: keywords and their clusters, internal links, what a search console measured."""
