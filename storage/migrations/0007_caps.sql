-- Where a job was asked, and what is counted when one more is: a person's and a channel's jobs, and those unfinished.
ALTER TABLE jobs ADD COLUMN channel TEXT;
CREATE INDEX jobs_channel ON jobs (channel, asked_at) WHERE channel IS NOT NULL;

-- Whoever counts takes the turn of that person or channel first, so that two at once are one after the other.
CREATE TABLE turns (
  name TEXT PRIMARY KEY,
  taken_at DOUBLE PRECISION NOT NULL
);
