-- beside: 8
-- Nobody looks for jobs by these any more, and each index is written to while somebody waits for a yes.
DROP INDEX jobs_asked;
DROP INDEX jobs_grp;
