type Vega = typeof import("vega");

let loading: Promise<Vega> | undefined;

/**
 * Vega from the one file that its package has for browsers. Its modules, one by one, take five times as long to load:
 * most of them are maps and layouts that no figure here asks for.
 */
export function loadVega(): Promise<Vega> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Vega> {
  await import(new URL("vega.js", import.meta.resolve("vega")).href);
  // Made for a script element, it leaves itself in the global scope.
  const vega: Vega = Reflect.get(globalThis, "vega");
  Reflect.deleteProperty(globalThis, "vega");
  return vega;
}
