"""Which pages are one person's own."""

from service.web.public import (
    own_address,
    own_briefs,
    own_erase,
    own_known,
    own_lists,
    own_manner,
    own_saved,
    own_tastes,
    preferences,
    private_feed,
)

ROOMS = (
    *(preferences, own_lists, own_tastes, own_manner),
    *(own_address, own_briefs, own_saved, own_known, own_erase, private_feed),
)
