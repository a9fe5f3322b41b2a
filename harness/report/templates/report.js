"use strict";
const all = [...document.querySelectorAll("audio")];
for (const audio of all) {
  const call = audio.closest("[data-call]");
  const lanes = call.querySelector("svg[data-scale]");
  const cursor = lanes.querySelector(".cursor");
  const left = Number(lanes.dataset.left), scale = Number(lanes.dataset.scale);
  const rows = [...call.querySelectorAll("button.at")];
  const show = () => {
    const t = audio.currentTime;
    cursor.setAttribute("transform", `translate(${left + t * scale} 0)`);
    let now = null;
    for (const row of rows) if (Number(row.dataset.at) <= t + 0.05) now = row;
    for (const row of rows) row.parentElement.classList.toggle("now", row === now && t > 0);
    if (!audio.paused) requestAnimationFrame(show);
  };
  const hear = (t) => {
    audio.currentTime = Math.max(0, Math.min(t, audio.duration || t));
    audio.play();
  };
  audio.addEventListener("play", () => {
    for (const other of all) if (other !== audio) other.pause();
    show();
  });
  audio.addEventListener("seeked", show);
  lanes.addEventListener("click", (event) => {
    const box = lanes.getBoundingClientRect();
    hear((((event.clientX - box.left) / box.width) * lanes.viewBox.baseVal.width - left) / scale);
  });
  for (const row of rows) row.addEventListener("click", () => hear(Number(row.dataset.at)));
}
