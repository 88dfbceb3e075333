-- What is to be forgotten is found by its age, and leaves this index when it was.
CREATE INDEX jobs_old ON jobs (asked_at) WHERE queue IS NULL AND kind <> 'gone';
