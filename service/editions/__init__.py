"""Who is due, the briefs frozen for them, batches, and pause, resume and cancel."""
