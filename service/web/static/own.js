// Makes a reader's own pages smoother; without it every form works all the same.
"use strict";

for (const slider of document.querySelectorAll("input[type=range][data-words]")) {
  const words = slider.dataset.words.split("|");
  const output = document.getElementById(`${slider.id}-level`);
  const tell = () => {
    output.textContent = words[slider.value];
    slider.setAttribute("aria-valuetext", words[slider.value]);
  };
  slider.addEventListener("input", tell);
  tell();
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const field of document.querySelectorAll("input[data-suggest]")) {
  if (!zone || zone === field.value) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain suggest";
  button.textContent = field.dataset.suggest.replace("{zone}", zone.replaceAll("_", " "));
  button.addEventListener("click", () => {
    field.value = zone;
    button.remove();
    field.focus();
  });
  field.after(button);
}
