"""One module a format, each with ``parse(source) -> ParsedDocument``; imported on use."""
