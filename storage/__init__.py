"""Everything that keeps: jobs in a database, bytes on a shelf."""
