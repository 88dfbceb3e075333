"""The database server: many replicas."""
