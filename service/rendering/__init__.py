"""From MJML to messages: compiled once, filled for each person."""
