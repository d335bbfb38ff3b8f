"""Which pages are one person's own."""

from service.web.public import own_lists, own_manner, own_tastes, preferences

ROOMS = (preferences, own_lists, own_tastes, own_manner)
