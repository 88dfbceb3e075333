-- Which channels want to hear of what.
CREATE TABLE subscriptions (
  channel TEXT NOT NULL,
  topic TEXT NOT NULL,
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  paused INTEGER NOT NULL DEFAULT 0,
  body TEXT NOT NULL,
  PRIMARY KEY (channel, topic)
);
CREATE INDEX subscriptions_topic ON subscriptions (topic, platform, workspace) WHERE paused = 0;

-- What is still to be posted to them. A key stays when its notice is posted, so that it never comes again.
CREATE TABLE notices (
  name TEXT PRIMARY KEY,
  due_at DOUBLE PRECISION,
  owner TEXT,
  posting INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  body TEXT NOT NULL
);
CREATE INDEX notices_due ON notices (due_at) WHERE due_at IS NOT NULL;
