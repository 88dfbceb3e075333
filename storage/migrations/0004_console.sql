-- The console's messages. `seq` is the number of a leaf's last change; deleted ones stay as empty leaves, so that a page
-- that was away learns of it.
CREATE TABLE console_leaves (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  thread TEXT NOT NULL,
  whose TEXT NOT NULL,
  mark TEXT,
  seq BIGINT NOT NULL,
  body TEXT NOT NULL
);
CREATE UNIQUE INDEX console_leaves_mark ON console_leaves (mark) WHERE mark IS NOT NULL;
CREATE INDEX console_leaves_seq ON console_leaves (seq);
CREATE INDEX console_leaves_channel ON console_leaves (channel, id);

-- One row that every change counts up: whoever reads a number has read all changes below it.
CREATE TABLE console_count (only_one INTEGER PRIMARY KEY, seq BIGINT NOT NULL);
INSERT INTO console_count (only_one, seq) VALUES (1, 0);

CREATE TABLE console_files (name TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE console_channels (name TEXT PRIMARY KEY, opened BIGINT NOT NULL, body TEXT NOT NULL);
