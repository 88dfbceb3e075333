-- A job is the JSON in `body`; the other columns are what is searched, and what changes without a move
-- (owner, due_at, version), for which the columns and not the body are the truth.
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  grp TEXT NOT NULL,
  once TEXT,
  nth INTEGER NOT NULL DEFAULT 0,
  studio TEXT NOT NULL,
  kind TEXT NOT NULL,
  size DOUBLE PRECISION NOT NULL,
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  person TEXT NOT NULL,
  asked_at DOUBLE PRECISION NOT NULL,
  stage TEXT NOT NULL,
  queue TEXT,
  due_at DOUBLE PRECISION,
  owner TEXT,
  version BIGINT NOT NULL,
  made_at DOUBLE PRECISION,
  took DOUBLE PRECISION,
  body TEXT NOT NULL
);

-- One gesture asks once, however often its chat repeats it.
CREATE UNIQUE INDEX jobs_once ON jobs (once, nth) WHERE once IS NOT NULL;
-- What makes a claim among a million waiting jobs as quick as among a hundred.
CREATE INDEX jobs_due ON jobs (queue, due_at, id) WHERE queue IS NOT NULL;
CREATE INDEX jobs_owner ON jobs (owner) WHERE owner IS NOT NULL;
CREATE INDEX jobs_asked ON jobs (asked_at, id);
CREATE INDEX jobs_person ON jobs (platform, workspace, person, asked_at, id);
CREATE INDEX jobs_grp ON jobs (grp);
-- Holds all that `took` reads, so a long history is walked without touching its jobs.
CREATE INDEX jobs_took ON jobs (studio, kind, made_at, size, took) WHERE took IS NOT NULL;

-- What was paid for must stay known even when a job is cleared away, so no key binds the two.
CREATE TABLE ledger (
  job TEXT NOT NULL,
  version BIGINT NOT NULL,
  at DOUBLE PRECISION NOT NULL,
  what TEXT NOT NULL,
  who TEXT NOT NULL,
  studio TEXT NOT NULL,
  cost DOUBLE PRECISION,
  sentence TEXT NOT NULL,
  PRIMARY KEY (job, version)
);
