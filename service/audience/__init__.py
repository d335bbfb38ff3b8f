"""Lists, subscribers, subscriptions, consent, interests and suppressions."""
