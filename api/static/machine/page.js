// One machine: its metrics, alerts, anomalies and the quality of its readings.
import { alertBoard } from "../alerts/pager.js";
import { anomalyList } from "../base/anomalies.js";
import { get } from "../base/api.js";
import { byId, fill, h, skeleton, told } from "../base/dom.js";
import { age, iso } from "../base/format.js";
import { knowPlant } from "../base/plant.js";
import { gather, keepFresh, startShell } from "../base/shell.js";
import { showDetail } from "./detail.js";
import { drawMaintenance } from "./maintenance.js";
import { drawMetrics } from "./metrics.js";
import { drawQuality } from "./quality.js";

const WEEK_MS = 7 * 86_400_000;
const FRESH_S = 60;
const id = document.body.dataset.equipment;
const path = `/equipment/${encodeURIComponent(id)}`;
let machine = null;

/** Where the machine's windows end: now, or where its readings stopped some time ago. */
let end = Date.now();

async function load() {
  try {
    await knowPlant();
    machine ??= await get(path);
    const { values, evidence } = await get(`${path}/latest`);
    const newest = values.map((value) => value.at).sort().at(-1);
    const stopped = newest && Date.now() - Date.parse(newest) > 3_600_000;
    end = stopped ? Date.parse(newest) + 60_000 : Date.now();
    head(newest, stopped);
    drawMetrics(byId("metrics"), machine, values, evidence, end, (metric) => showDetail(byId("detail"), machine, metric, end));
    await rest();
  } catch (problem) {
    if (!byId("metrics").querySelector(".metric")) fill(byId("metrics"), told(problem.message, load));
  }
}

function head(newest, stopped) {
  const { name, location, type, aliases } = machine;
  document.title = `${name} · Command Center`;
  byId("name").textContent = name;
  byId("crumb").textContent = name;
  const reading = newest ? `newest reading ${age(newest)} ago` : "no readings yet";
  const words = [type.replaceAll("_", " "), location, aliases.slice(0, 2).join(", "), stopped ? `${reading}: what is shown ends there` : reading];
  byId("about").textContent = words.filter(Boolean).join(" · ");
}

let drawn = false;

function rest() {
  if (drawn) return null;
  drawn = true;
  const board = alertBoard({ equipment: id }, () => machine.name);
  fill(byId("alerts"), h("h2", { id: "alerts-title" }, "Alerts"), board.element);
  return Promise.all([board.loaded, anomalies(), section("maintenance", "Maintenance", `${path}/maintenance`, {}, drawMaintenance), quality()]);
}

const anomalies = () =>
  section("anomalies", "Anomalies, 7 days", `${path}/anomalies`, { start: iso(end - WEEK_MS), end: iso(end), limit: 200 }, (found) => {
    const labels = new Map(machine.metrics.map((metric) => [metric.name, metric.label]));
    const items = found.items.map((each) => ({ ...each, labels: each.metrics.map((name) => labels.get(name) ?? name) }));
    return anomalyList(items.sort((a, b) => b.score - a.score), { named: false });
  });

const quality = () =>
  section("quality", "Data quality, 24 hours", `${path}/quality`, { start: iso(end - WEEK_MS / 7), end: iso(end) }, (found) => drawQuality(found, machine));

async function section(name, title, from, asked, draw) {
  const holder = byId(name);
  const head = () => h("h2", { id: `${name}-title` }, title);
  fill(holder, head(), skeleton(4));
  try {
    const found = await get(from, asked);
    fill(holder, head(), draw(found));
  } catch (problem) {
    fill(holder, head(), told(problem.message, () => section(name, title, from, asked, draw)));
  }
}

startShell();
fill(byId("metrics"), skeleton(8));
gather(keepFresh(load, FRESH_S));
