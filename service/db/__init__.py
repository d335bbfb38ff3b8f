"""The store: engine, sessions, column types, bulk writes; the same on SQLite and PostgreSQL."""
