"""The vectors of tenants: how they are searched, indexes of their own, recall, moving spaces."""
