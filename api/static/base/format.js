// Numbers, units and times as an operator reads them; times in the plant's zone.
import { metricOf, zone } from "./plant.js";

export const STATISTICS = {
  avg: "average", min: "lowest", max: "highest", sum: "total", count: "readings", last: "newest", delta: "use",
  forecast: "forecast",
};

/** "94.7": rounded as the metric is written, thousands marked. */
export function number(value, equipment, metric, statistic) {
  if (value === null || value === undefined) return "–";
  const known = metricOf(equipment, metric)?.decimals;
  const decimals = statistic === "count" ? 0 : known ?? (Math.abs(value) >= 100 ? 1 : 2);
  return plain(value, decimals);
}

/** A number with so many decimals; never "-0". */
export function plain(value, decimals = 0) {
  const rounded = Number(value.toFixed(decimals)) + 0;
  return rounded.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** "3 chillers", "1 chiller". */
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

const formats = new Map();

function format(name, options) {
  const key = `${name} ${zone()}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone(), hourCycle: "h23", ...options }));
  return formats.get(key);
}

const clock = { hour: "2-digit", minute: "2-digit" };
const day = { day: "numeric", month: "short" };
export const clockOf = (time) => format("clock", clock).format(new Date(time));
export const dayOf = (time) => format("day", { ...day, year: "numeric" }).format(new Date(time));

/** "10:42" today, else "10:42, 4 Mar"; with the year when it is another one. */
export function moment(time) {
  const at = new Date(time);
  const now = new Date();
  if (dayOf(at) === dayOf(now)) return clockOf(at);
  const year = format("year", { year: "numeric" });
  const date = year.format(at) === year.format(now) ? format("short", day).format(at) : dayOf(at);
  return `${clockOf(at)}, ${date}`;
}

/** "10:00 to 12:40" of a half-open window. */
export const span = (start, end) => `${moment(start)} to ${moment(end)}`;

/** "Asia/Kolkata (GMT+5:30)". */
export function zoneWords() {
  const parts = format("zone", { timeZoneName: "shortOffset" }).formatToParts(new Date());
  const offset = parts.find((part) => part.type === "timeZoneName")?.value ?? "";
  return offset && zone() !== "UTC" ? `${zone()} (${offset})` : zone();
}

/** "12 s", "4 min", "3 h", "12 days": how long ago. */
export function age(time) {
  const seconds = Math.max(0, (Date.now() - new Date(time)) / 1000);
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** "every 5 minutes" of PT5M; the text itself where it is another. */
export function stepWords(step) {
  const found = /^P(T?)(\d+)([MHDY])$/.exec(step ?? "");
  if (!found) return step ?? "";
  const unit = (found[1] ? { M: "minute", H: "hour" } : { M: "month", D: "day", Y: "year" })[found[3]];
  return found[2] === "1" ? `every ${unit}` : `every ${found[2]} ${unit}s`;
}

/** "Sentence case". */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** ISO 8601 in UTC, whole seconds. */
export const iso = (time) => new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
