"""The application that the rehearsal moves: documents in PostgreSQL, files in an object store, text in OpenSearch."""
