"""The domains, each a slice: tables, queries, service, errors, schemas, routes, jobs."""
