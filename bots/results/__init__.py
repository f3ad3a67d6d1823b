"""What a run brought: figures, files, the report."""
