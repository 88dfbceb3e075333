-- Workspaces that installed the bot. What opens doors is in `sealed`, encrypted.
CREATE TABLE installations (
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  body TEXT NOT NULL,
  sealed TEXT NOT NULL,
  PRIMARY KEY (platform, workspace)
);

-- What came in from a chat and is still to be done. A key stays for a while when it is done, so that a repeat is known.
CREATE TABLE inbox (
  chat TEXT NOT NULL,
  name TEXT NOT NULL,
  came_at DOUBLE PRECISION NOT NULL,
  due_at DOUBLE PRECISION,
  tries INTEGER NOT NULL DEFAULT 0,
  body TEXT NOT NULL,
  PRIMARY KEY (chat, name)
);
CREATE INDEX inbox_due ON inbox (chat, due_at) WHERE due_at IS NOT NULL;
