// Shows new mail as it comes: the list works without this, by its "Look again" link.
const list = document.querySelector("[data-newest]");
const LOOK_EVERY = 2500;

async function look() {
  if (document.hidden || document.activeElement?.matches("input")) return;
  try {
    const counts = await (await fetch("/api/counts")).json();
    if (String(counts.newest) !== list.dataset.newest) location.reload();
  } catch {
    // The catcher is stopping or starting; the next look will tell.
  }
}

if (list) setInterval(look, LOOK_EVERY);
