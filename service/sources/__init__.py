"""Where insights come from: files today; feeds and transcripts write through the same door."""
