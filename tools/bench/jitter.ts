/** A number in [−1, 1) that only its arguments decide, the same on every machine; they are whole numbers from 0. */
export function jitter(...places: readonly number[]): number {
  // SplitMix32's finaliser over each place in turn (Steele, Lea and Flood, OOPSLA 2014, in 32 bits).
  let state = 0x9e3779b9;
  for (const place of places) {
    state = Math.imul(state ^ (place + 0x9e3779b9), 0x21f0aaad);
    state = Math.imul(state ^ (state >>> 15), 0x735a2d97);
    state ^= state >>> 15;
  }
  // Fifty-three bits, or the numbers would be written shorter than measured ones.
  const low = Math.imul(state ^ 0x68bc21eb, 0x21f0aaad) >>> 0;
  return ((state >>> 0) * 2 ** 21 + (low >>> 11)) / 2 ** 52 - 1;
}
