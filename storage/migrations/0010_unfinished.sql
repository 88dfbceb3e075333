-- beside: 9
-- What was asked long ago and is still in the making is counted, too. One index, which new jobs only ever append to.
CREATE INDEX jobs_unfinished ON jobs (asked_at) WHERE queue IS NOT NULL;
