TEXT = "@everyone new"
