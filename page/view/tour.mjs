// The tour: eight steps, each with one thing to do.
import { byId, filled, percent, say } from "./dom.mjs";
import { MODELS } from "./models.mjs";
import { change, listen, state } from "./state.mjs";
import { TEXT } from "./text.mjs";

/** What each step wants done, and the part of the page it is about. */
const STEPS = [
  { wants: "image", at: "draw" },
  { wants: "unit", at: "see" },
  { wants: "pixel", at: "details-card" },
  { wants: "output", at: "see" },
  { wants: "off", at: "details-card" },
  { wants: "epoch", at: "learning" },
  { wants: "train", at: "train" },
  { wants: "proof", at: "bits" },
];

const EQUAL = percent(MODELS.at(-1).testAccuracy, 2);

function show() {
  const { tour, did } = state;
  const words = TEXT.tour;
  const step = tour ? words.steps[tour - 1] : null;
  say(byId("tour-step"), step ? filled(words.step, { step: tour, title: step.title }) : words.title);
  say(byId("tour-text"), step ? filled(step.text, { equal: EQUAL }) : words.intro);
  const done = step && did.has(STEPS[tour - 1].wants);
  say(byId("tour-todo"), step ? `${done ? words.done : words.open}${words.todo}${step.todo}` : "");
  byId("tour-back").disabled = !tour;
  say(byId("tour-next"), { 0: words.start, 8: words.end }[tour] ?? words.next);
  byId("tour-there").href = `#${step ? STEPS[tour - 1].at : "draw"}`;
  say(byId("tour-pill"), filled(words.pill, { step: tour }));
  showPill();
  document.querySelectorAll(".here").forEach((element) => element.classList.remove("here"));
  if (step) byId(STEPS[tour - 1].at).closest("section, .card").classList.add("here");
}

let cardSeen = true;
function showPill() {
  byId("tour-pill").hidden = cardSeen || !state.tour;
}

/** Put the tour together. */
export function startTour() {
  new IntersectionObserver(([entry]) => {
    cardSeen = entry.isIntersecting;
    showPill();
  }).observe(byId("tour"));
  byId("tour-next").addEventListener("click", () => change({ tour: (state.tour + 1) % 9 }));
  byId("tour-back").addEventListener("click", () => change({ tour: Math.max(state.tour - 1, 0) }));
  listen(show);
}
