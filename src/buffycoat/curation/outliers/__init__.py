"""Images unlike the others, by several views that agree or disagree visibly."""
