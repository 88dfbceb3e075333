CREATE TABLE IF NOT EXISTS key_value (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, studio TEXT NOT NULL, kind TEXT NOT NULL,
    group_id TEXT, stage TEXT NOT NULL, status TEXT NOT NULL, running_status TEXT NOT NULL, body TEXT NOT NULL,
    files TEXT NOT NULL, notes TEXT NOT NULL, faults TEXT NOT NULL, base_url TEXT NOT NULL, created REAL NOT NULL,
    started REAL, modified REAL NOT NULL, finished REAL, due REAL NOT NULL, result TEXT, error TEXT);
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (stage, due, seq);
CREATE INDEX IF NOT EXISTS jobs_kind ON jobs (studio, kind, seq);
CREATE INDEX IF NOT EXISTS jobs_group ON jobs (group_id) WHERE group_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS charges (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, studio TEXT NOT NULL, kind TEXT NOT NULL,
    user_data TEXT, name TEXT, credits REAL NOT NULL, charged_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, created REAL NOT NULL, expires REAL);
CREATE TABLE IF NOT EXISTS webhooks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, forged INTEGER NOT NULL, tries INTEGER NOT NULL,
    due REAL NOT NULL);
CREATE INDEX IF NOT EXISTS webhooks_due ON webhooks (due);
