/** The numbers of a WebAssembly module: LEB128, seven bits a byte, lowest first. */

/** @param value 0 to 2^32 - 1 */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

/** @param value -2^31 to 2^31 - 1 */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  for (; value < -64 || value > 63; value >>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value & 0x7f];
}
