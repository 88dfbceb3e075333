-- beside: 8
-- What a person or a channel has in the making is counted however long ago it was asked, without going through the rest.
CREATE INDEX jobs_person_open ON jobs (platform, workspace, person, asked_at) WHERE queue IS NOT NULL;
CREATE INDEX jobs_channel_open ON jobs (channel, asked_at) WHERE queue IS NOT NULL;
