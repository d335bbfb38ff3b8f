"""What stands beside the files somebody takes away."""

import datetime as dt

from service.languages import Language, msgid

_TEXT = msgid("""Everything {site} keeps of {email}, on {date}.

person.json            who you are to us, and how you want your mail
subscriptions.json     your lists: days, hour, zone, pauses, when the next brief is due
consents.json          what you agreed to or ended, when and where
interests.json         topics: what you asked for, what we learned, what they weigh
podcast_stances.json   podcasts you follow or have muted
speaker_stances.json   speakers you follow or have muted
reactions.json         what you said of insights; "save" is what you saved
lessons.json           the deeds we learn from
reader_profiles.json   what you like as one list of numbers, made from these deeds
shown.json             every story you were sent, so that it never comes twice
briefs.json            every brief: its day, what became of it, its picks and why each was picked
mail_events.json       what mail servers told us of your briefs
notices.json           service mails to you
address_changes.json   changes of your address
Other files are named for the table they come from.

Times are in UTC and end in +00:00. Each file is UTF-8 JSON: one list, one entry a line.
""")


def readme(lang: Language, *, email: str, site: str, now: dt.datetime) -> str:
    """Return the text of README.txt in a language."""
    return lang.gettext(_TEXT).format(site=site, email=email, date=lang.date(now.date()))
