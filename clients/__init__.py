"""Outside systems, one a file; HTTP or files and nothing else."""
