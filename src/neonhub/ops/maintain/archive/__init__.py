"""Rows as Parquet files: typed, checksummed, read back before what they were made of goes."""
