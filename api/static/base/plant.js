// What the plant is: its zone, its types and how their metrics are written. Loaded once a page.
import { get, link } from "./api.js";

let loading = null;
let plant = { name: "", tz: "UTC", types: [], equipment: 0 };

/** The plant, once it is known. */
export async function knowPlant() {
  loading ??= get("/plant").then((found) => (plant = found));
  try {
    return await loading;
  } catch (error) {
    loading = null;
    throw error;
  }
}

link.addEventListener("back", () => knowPlant().catch(() => {}));

/** The plant's time zone; UTC until it is known. */
export const zone = () => plant.tz;

/** What it is called; "" until it is known. */
export const plantName = () => plant.name;

/** How many machines it has. */
export const machineCount = () => plant.equipment;

/** The types of machines. */
export const types = () => plant.types;

/** A type by its name. */
export const typeNamed = (name) => plant.types.find((type) => type.name === name);

/** A metric of a machine; of any type where the machine's own is not told by its id. */
export function metricOf(equipment, name) {
  const own = typeNamed(equipment?.replace(/_\d+$/, ""));
  const every = own ? [own, ...plant.types] : plant.types;
  return every.flatMap((type) => type.metrics).find((metric) => metric.name === name);
}
