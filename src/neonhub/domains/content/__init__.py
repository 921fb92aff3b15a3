"""Content: drafts, versions, analyses, what is published and when, snippets, personas."""
