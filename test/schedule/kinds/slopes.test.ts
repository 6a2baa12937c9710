import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";
import { farthest } from "../golden.ts";

const shifts = fc.double({ min: 0.02, max: 50, noNaN: true });
const steps = fc.integer({ min: 1, max: 100 });
const plain = (value: number): string => String(value).replace("+", "");

test("with start·end = 1 it is the flow shift", () => {
  fc.assert(
    fc.property(shifts, steps, (s, n) => {
      const found = parseSchedule(`slopes:start=${plain(1 / s)},end=${plain(s)}`).exact(n);
      expect(farthest(found, parseSchedule(`shift:${plain(s)}`).exact(n))).toBeLessThan(1e-12);
    }),
  );
});

test("a knot on the flow shift of its end slopes changes nothing", () => {
  fc.assert(
    fc.property(shifts, fc.double({ min: 0.05, max: 0.95, noNaN: true }), (s, at) => {
      const shift = parseSchedule(`shift:${plain(s)}`);
      const sigma = shift.phi?.(at) ?? 0;
      fc.pre(sigma > 0.02 && sigma < 0.98);
      const found = parseSchedule(`slopes:start=${plain(1 / s)},end=${plain(s)},at=${plain(at)},sigma=${plain(sigma)}`);
      expect(farthest(found.exact(20), shift.exact(20))).toBeLessThan(1e-9);
    }),
  );
});

test("the curve passes the knot with a continuous slope and curvature", () => {
  const { phi } = parseSchedule("slopes:start=.2,end=2,at=.4,sigma=.7");
  if (phi === null) throw new Error("not a shift function");
  expect(phi(0.4)).toBeCloseTo(0.7, 12);
  const h = 1e-4;
  const curvature = (t: number) => (phi(t + h) - 2 * phi(t) + phi(t - h)) / h ** 2;
  const slope = (t: number) => (phi(t + h) - phi(t - h)) / (2 * h);
  expect(slope(0.4 - h)).toBeCloseTo(slope(0.4 + h), 2);
  expect(curvature(0.4 - 2 * h)).toBeCloseTo(curvature(0.4 + 2 * h), 1);
});

test("a given slope at the knot is the curve's", () => {
  const { phi } = parseSchedule("slopes:start=.2,end=2,at=.4,sigma=.7,knot=.6");
  const h = 1e-6;
  const [below, at, above] = [0.4 - h, 0.4, 0.4 + h].map((t) => phi?.(t) ?? 0) as [number, number, number];
  expect((at - below) / h).toBeCloseTo(0.6, 3);
  expect((above - at) / h).toBeCloseTo(0.6, 3);
});

test.each([
  ["slopes:start=.2,end=2,at=.4", "at 0.4 without sigma"],
  ["slopes:start=.2,end=2,sigma=.4", "sigma 0.4 without at"],
  ["slopes:start=.2,end=2,knot=1", "but no knot"],
  ["slopes:start=.2", "slopes needs end"],
  ["slopes:start=0,end=2", "slopes's start is 0"],
])("%s is refused", (spec, message) => {
  expect(() => parseSchedule(spec)).toThrow(message);
});
