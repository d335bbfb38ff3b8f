"""The podbrief command: one file a noun."""
