"""All that is held about one person: given out as a file, or removed with only the counts left."""
