// Chooses the zone this browser lives in, until somebody chooses another; without this the list's
// own zone stands there, to be changed by hand.
const zones = document.querySelector("select[data-guess]");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (zones && here) {
  if (![...zones.options].some((option) => option.value === here)) {
    zones.prepend(new Option(here, here)); // an older name; the site knows those, too
  }
  zones.value = here;
}
