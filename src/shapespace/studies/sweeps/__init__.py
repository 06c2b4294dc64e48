"""Many runs as one study: declared, run anywhere, summed up."""
