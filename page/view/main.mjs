// The page: its parts, and the address that it starts from.
import { byId } from "./dom.mjs";
import { showDetails } from "./details.mjs";
import { startDrawing } from "./draw.mjs";
import { startSeeing } from "./see.mjs";
import { recall } from "./state.mjs";
import { startTour } from "./tour.mjs";
import { startTraining } from "./train.mjs";

function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}

startTour();
startDrawing();
startSeeing(showDetails);
startTraining();
byId("theme").addEventListener("click", switchTheme);
recall();
document.body.classList.add("ready");
addEventListener("hashchange", () => {
  if (location.hash.includes("=")) recall(); // else it is a link to a part of the page
});
