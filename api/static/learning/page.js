// What ratings have taught: Tier 1 by day, Tier 2 by night.
import { get } from "../base/api.js";
import { chart } from "../base/chart.js";
import { byId, fill, h, skeleton, told } from "../base/dom.js";
import { plain } from "../base/format.js";
import { knowPlant } from "../base/plant.js";
import { gather, keepFresh, startShell } from "../base/shell.js";
import { drawModels } from "./models.js";
import { drawNights, drawPairs } from "./nights.js";
import { drawSums } from "./sums.js";

const FRESH_S = 30;

/** Each section: its title, what it asks for, how it is drawn. */
const SECTIONS = {
  sums: { from: "/rl/status", draw: drawSums },
  loss: { title: "Tier 1: loss by step", from: "/rl/steps", draw: loss },
  days: { title: "Ratings by day", from: "/rl/ratings", draw: days },
  placements: { title: "Where widgets stand", from: "/rl/placements", draw: placements },
  pairs: { title: "Pairs by kind", from: "/rl/nights", draw: drawPairs },
  models: { title: "Models", from: "/models", draw: (found) => drawModels(found, load) },
  nights: { title: "Nights", from: "/rl/nights", draw: drawNights },
};
const shown = new Map(); // what each section shows, as text: it is drawn anew only when that changes

async function load() {
  await knowPlant().catch(() => {});
  await Promise.all(Object.entries(SECTIONS).map(([name, section]) => show(name, section)));
}

async function show(name, { title, from, draw }) {
  const holder = byId(name);
  const head = title && h("h2", { id: `${name}-title` }, title);
  try {
    const found = await get(from);
    if (shown.get(name) === JSON.stringify(found)) return;
    fill(holder, head, draw(found));
    shown.set(name, JSON.stringify(found));
  } catch (problem) {
    if (!shown.has(name)) fill(holder, head, told(problem.message, () => show(name, SECTIONS[name])));
  }
}

function loss({ items }) {
  if (!items.length) return told("Nothing was learned yet: rate an answer.");
  const points = items.map((each) => [each.last, each.loss]);
  const curves = [
    { label: "loss", unit: "nats", decimals: 3, faint: true, points },
    { label: "running mean", unit: "nats", decimals: 3, points: smoothed(points) },
  ];
  const [first, last] = [items[0], items.at(-1)];
  const words = `from ${plain(first.loss, 3)} to ${plain(last.loss, 3)} nats a widget in ${last.last} steps`;
  return chart(curves, { label: `Loss ${words}`, height: 14, numeric: true, caption: `Of each stretch before its steps, ${words}.` });
}

/** The mean of the newest tenth so far, at least of five. */
function smoothed(points) {
  const width = Math.max(5, Math.round(points.length / 10));
  return points.map(([step], index) => {
    const near = points.slice(Math.max(0, index + 1 - width), index + 1);
    return [step, near.reduce((sum, [, loss]) => sum + loss, 0) / near.length];
  });
}

function days({ items }) {
  if (!items.some((each) => each.up || each.down)) return told("No ratings in these 30 days.");
  const at = (each) => `${each.day}T12:00:00Z`;
  const curve = (label, value) => ({ label, unit: "ratings", decimals: 0, bars: true, points: items.map((each) => [at(each), value(each)]) });
  const sum = (name) => items.reduce((total, each) => total + each[name], 0);
  const words = `${sum("up")} up, ${sum("down")} down, ${sum("corrections")} with a correction in ${items.length} days`;
  return chart([curve("up", (each) => each.up), curve("down", (each) => -each.down)], { label: words, height: 14, days: true, caption: `${words}.` });
}

function placements({ items }) {
  if (!items.length) return told("No widget was shown yet.");
  const heads = ["Widget", "Shown", "In front", "Mean place", "Propensity", "Score"];
  const row = (each) => h("tr", {}, h("th", { scope: "row" }, each.type), [
    each.shown.toLocaleString("en"), `${plain((each.first / each.shown) * 100)} %`, plain(each.position, 1),
    each.propensity === null ? "fixed" : plain(each.propensity, 2), plain(each.score, 2),
  ].map((text) => h("td", { class: "number" }, text)));
  const head = h("tr", {}, heads.map((name, index) => h("th", { scope: "col", class: index ? "number" : null }, name)));
  return [h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Where widgets stand" }, h("table", {}, h("thead", {}, head), h("tbody", {}, items.map(row)))),
    h("p", { class: "hint" }, "Of the newest 500 answers. Propensity: the mean chance of the place, given those above.")];
}

startShell();
Object.keys(SECTIONS).forEach((name) => byId(name).append(skeleton(4)));
gather(keepFresh(load, FRESH_S));
