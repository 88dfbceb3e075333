-- A job is the JSON in `body`. The other columns are searched, or change without a transition
-- (owner, due_at, version); for those three the column is the truth and not the body.
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  group_id TEXT NOT NULL,
  idempotency_key TEXT,
  group_index INTEGER NOT NULL DEFAULT 0,
  studio TEXT NOT NULL,
  kind TEXT NOT NULL,
  size DOUBLE PRECISION NOT NULL,
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  user_id TEXT NOT NULL,
  rules_key TEXT,
  asked_at DOUBLE PRECISION NOT NULL,
  stage TEXT NOT NULL,
  queue TEXT,
  due_at DOUBLE PRECISION,
  owner TEXT,
  version BIGINT NOT NULL,
  made_at DOUBLE PRECISION,
  duration_seconds DOUBLE PRECISION,
  body TEXT NOT NULL
);

-- One gesture creates its jobs once, however often its chat repeats it.
CREATE UNIQUE INDEX jobs_idempotency_key ON jobs (idempotency_key, group_index) WHERE idempotency_key IS NOT NULL;
-- Makes a claim among a million waiting jobs as quick as among a hundred.
CREATE INDEX jobs_due ON jobs (queue, due_at, id) WHERE queue IS NOT NULL;
CREATE INDEX jobs_owner ON jobs (owner) WHERE owner IS NOT NULL;
-- For lists of a user's jobs and for the limits per user and per channel.
CREATE INDEX jobs_user ON jobs (platform, workspace, user_id, asked_at, id);
CREATE INDEX jobs_rules_key ON jobs (rules_key, asked_at) WHERE rules_key IS NOT NULL;
-- Covers the query for recent durations, so a long history is read without touching its jobs.
CREATE INDEX jobs_duration ON jobs (studio, kind, made_at, size, duration_seconds) WHERE duration_seconds IS NOT NULL;
-- Jobs to be deleted by age; a deleted job leaves this index.
CREATE INDEX jobs_expired ON jobs (asked_at) WHERE queue IS NULL AND kind <> 'deleted';

-- Costs stay known when a job is deleted, so there is no foreign key.
CREATE TABLE ledger (
  job_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  recorded_at DOUBLE PRECISION NOT NULL,
  event TEXT NOT NULL,
  asker_key TEXT NOT NULL,
  studio TEXT NOT NULL,
  cost DOUBLE PRECISION,
  sentence TEXT NOT NULL,
  PRIMARY KEY (job_id, version)
);

-- Updated by whoever adds jobs under a limit, so that two transactions count one after the other.
CREATE TABLE limit_counters (
  name TEXT PRIMARY KEY,
  used_at DOUBLE PRECISION NOT NULL
);

-- Small JSON values by space and key: settings, cached catalogues, form drafts.
CREATE TABLE key_values (
  space TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (space, key)
);

-- Channels and the topics they subscribed to.
CREATE TABLE subscriptions (
  place_key TEXT NOT NULL,
  topic TEXT NOT NULL,
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  paused INTEGER NOT NULL DEFAULT 0,
  body TEXT NOT NULL,
  PRIMARY KEY (place_key, topic)
);
CREATE INDEX subscriptions_topic ON subscriptions (topic, platform, workspace) WHERE paused = 0;

-- Notices to be posted (queue `notices`) and events received from each chat (a queue per chat). A key stays after its
-- item is done, so that the same item is never added again.
CREATE TABLE leased_queue (
  queue TEXT NOT NULL,
  key TEXT NOT NULL,
  created_at DOUBLE PRECISION NOT NULL,
  due_at DOUBLE PRECISION,
  owner TEXT,
  tries INTEGER NOT NULL DEFAULT 0,
  posting INTEGER NOT NULL DEFAULT 0,
  body TEXT NOT NULL,
  PRIMARY KEY (queue, key)
);
CREATE INDEX leased_queue_due ON leased_queue (queue, due_at) WHERE due_at IS NOT NULL;

-- Workspaces that installed the bot. Tokens are in `encrypted`.
CREATE TABLE installations (
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  body TEXT NOT NULL,
  encrypted TEXT NOT NULL,
  PRIMARY KEY (platform, workspace)
);

-- Work that one process does at a time, its current leader, and when that lease expires without a heartbeat.
CREATE TABLE leader_leases (
  name TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  expires_at DOUBLE PRECISION NOT NULL
);

-- The console's messages. `seq` is the number of a message's last change. Deleted messages stay as empty rows, so that a
-- page that was away learns of the deletion.
CREATE TABLE console_messages (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  thread TEXT NOT NULL,
  visible_to TEXT NOT NULL,
  unique_key TEXT,
  seq BIGINT NOT NULL,
  body TEXT NOT NULL
);
CREATE UNIQUE INDEX console_messages_unique_key ON console_messages (unique_key) WHERE unique_key IS NOT NULL;
CREATE INDEX console_messages_seq ON console_messages (seq);
CREATE INDEX console_messages_channel ON console_messages (channel, id);

-- One row that every change increments, so whoever reads a number has read all changes below it.
CREATE TABLE console_changes (only_row INTEGER PRIMARY KEY, last_seq BIGINT NOT NULL);
INSERT INTO console_changes (only_row, last_seq) VALUES (1, 0);

CREATE TABLE console_files (key TEXT PRIMARY KEY, facts TEXT NOT NULL);
CREATE TABLE console_channels (name TEXT PRIMARY KEY, position BIGINT NOT NULL, facts TEXT NOT NULL);
