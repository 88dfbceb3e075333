"""What the sandbox keeps: jobs, files, credits."""
