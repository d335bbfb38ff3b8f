// Makes a reader's own pages smoother; without it every form works all the same.
"use strict";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

function nameLevels(slider) {
  const words = slider.dataset.words.split("|");
  const output = document.getElementById(`${slider.id}-level`);
  const tell = () => {
    output.textContent = words[slider.value];
    slider.setAttribute("aria-valuetext", words[slider.value]);
  };
  slider.addEventListener("input", tell);
  tell();
}

function suggestZone(field) {
  if (!zone || zone === field.value) return;
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

function begin() {
  for (const slider of document.querySelectorAll("input[type=range][data-words]")) nameLevels(slider);
  for (const field of document.querySelectorAll("input[data-suggest]")) suggestZone(field);
}

begin();
document.addEventListener("htmx:after:swap", begin); // the text was exchanged after a form
