import { migration } from "./migration.ts";

/**
 * The store's own tables. A blob's bytes are a file beside a SQLite database, or rows of blob_chunks: then `upload`
 * names them. blob_uploads holds the uploads that have not become a blob yet. `flushes` is how a PostgreSQL store
 * learns whether a flush committed whose answer was lost: the flush itself records its id with `fenced` 0; one that did
 * not commit is recorded with 1 by whoever asks, and never can commit from then on.
 */
export const storeTables = migration(
  1,
  "store",
  `
  CREATE TABLE blobs (
    hash TEXT NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    upload TEXT,
    stored_at BIGINT NOT NULL
  );
  CREATE UNIQUE INDEX blobs_upload ON blobs (upload);
  CREATE INDEX blobs_stored_at ON blobs (stored_at);
  CREATE TABLE blob_refs (
    owner TEXT NOT NULL,
    hash TEXT NOT NULL REFERENCES blobs (hash),
    PRIMARY KEY (owner, hash)
  );
  CREATE INDEX blob_refs_hash ON blob_refs (hash);
  CREATE TABLE blob_uploads (
    upload TEXT NOT NULL PRIMARY KEY,
    touched_at BIGINT NOT NULL
  );
  CREATE TABLE blob_chunks (
    upload TEXT NOT NULL,
    seq BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (upload, seq)
  );
  CREATE TABLE flushes (
    id TEXT NOT NULL PRIMARY KEY,
    keep_until BIGINT NOT NULL,
    fenced INTEGER NOT NULL
  );
  `,
);
