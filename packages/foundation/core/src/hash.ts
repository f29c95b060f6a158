/** Fowler-Noll-Vo 1a, 32 bits: names a layout by one word. Against accidents, not against adversaries. */

export const HASH_START = 0x811c9dc5 | 0;

/** Continues `hash` with the UTF-16 units of `text`. */
export function hashText(hash: number, text: string): number {
  let h = hash;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}
