/** A safetensors file as the format's page describes it: the header's length, JSON, then the tensors. */
export function safetensors(
  tensors: Readonly<
    Record<string, { readonly dtype: string; readonly shape: readonly number[]; readonly data: Uint8Array }>
  >,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  let at = 0;
  const entries = Object.entries(tensors).map(([key, { dtype, shape, data }]) => {
    const offsets = [at, at + data.byteLength];
    at += data.byteLength;
    return [key, { dtype, shape, data_offsets: offsets }];
  });
  const header = Buffer.from(
    JSON.stringify({ ...(metadata && { __metadata__: metadata }), ...Object.fromEntries(entries) }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.byteLength));
  return Buffer.concat([length, header, ...Object.values(tensors).map(({ data }) => data)]);
}

/** Float32 latents of a shape, all of one value. */
export function float32(shape: readonly number[], value = 0.5) {
  const size = shape.reduce((product, side) => product * side, 1);
  return { dtype: "F32", shape, data: new Uint8Array(new Float32Array(size).fill(value).buffer) };
}
