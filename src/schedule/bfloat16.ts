/** The nearest bfloat16, halves to the even neighbour, as PyTorch rounds a float32 result; finite values only. */
export function bfloat16(value: number): number {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value);
  const word = bits.getUint32(0);
  const even = (word >>> 16) & 1;
  bits.setUint32(0, (word + 0x7fff + even) & 0xffff0000);
  return bits.getFloat32(0);
}
