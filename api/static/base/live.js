// The plant's clock and its open alerts, in the head of every page.
import { get } from "./api.js";
import { byId, fill, h } from "./dom.js";
import { clockOf, counted, zoneWords } from "./format.js";
import { knowPlant, plantName } from "./plant.js";

const WATCHED = [["critical", "▲"], ["warning", "◆"]];

/** Shows them; the function that it gives renews the alerts. */
export function startLive() {
  const clock = h("span", { class: "clock", title: "Plant time" });
  const alerts = h("a", { class: "open-alerts", href: "/plant#alerts", hidden: true });
  fill(byId("live"), alerts, clock);
  const tick = () => { clock.textContent = plantName() ? clockOf(Date.now()) : ""; clock.title = `Plant time, ${zoneWords()}`; };
  setInterval(tick, 5_000);
  return () => knowPlant().then(() => { tick(); return count(alerts); }).catch(() => {}); // the banner tells of it
}

async function count(link) {
  const open = (severity) => get("/alerts", { state: "open", shelved: false, severity, limit: 1 });
  const totals = (await Promise.all(WATCHED.map(([severity]) => open(severity)))).map((page) => page.total);
  const words = WATCHED.map(([severity], index) => counted(totals[index], `open ${severity} alert`)).join(", ");
  link.setAttribute("aria-label", words);
  link.title = words;
  const shown = WATCHED.map(([severity, mark], index) => (totals[index] ? h("span", { class: severity }, `${mark} ${totals[index].toLocaleString("en")}`) : null));
  fill(link, shown);
  link.hidden = !totals.some(Boolean);
}
