"""Files into structured documents, and documents into chunks. Knows no database.

The libraries that read a format are imported when the first file of that format is.
"""

from neonhub.parsing.chunk import chunk
from neonhub.parsing.discover import FoundFile, Rejected, discover
from neonhub.parsing.errors import ParseError
from neonhub.parsing.model import Block, Chunk, ParsedDocument, ParsedRecord
from neonhub.parsing.parse import DEFAULT_MAX_BYTES, SUPPORTED, parse_bytes, parse_file

__all__ = [
    "DEFAULT_MAX_BYTES",
    "SUPPORTED",
    "Block",
    "Chunk",
    "FoundFile",
    "ParseError",
    "ParsedDocument",
    "ParsedRecord",
    "Rejected",
    "chunk",
    "discover",
    "parse_bytes",
    "parse_file",
]
