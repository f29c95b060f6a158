/**
 * Any preset, with every misuse noticed: the same layers with a {@link CheckedAllocator} around them. All it knows lies in
 * the buffer, so every thread that attaches by the same expression sees the same; and a program that does not import it
 * has none of it.
 */
import { ADDRESS_SPACE, fixed, growable, isObject, objectIn, showValue, type Heap, type HeapOptions, type MemorySource } from "@heapwright/core";
import { derivePreset, type PresetOf } from "@heapwright/combine";
import { CheckedAllocator } from "./checked-allocator.js";
import { settingsOf, type CheckOptions } from "./settings.js";

/**
 * The preset `checked <name>`, which takes the options of both; its heaps can do what those of the other can.
 * @param preset one made by `definePreset`, as all of Heapwright's are
 * @param defaults for options that `create` is not given
 * @throws RangeError for defaults out of range, for a preset with a name longer than 24 characters or made otherwise, and for what is none
 */
export function checked<H extends Heap, Options extends HeapOptions>(
  preset: PresetOf<H, Options>,
  defaults: CheckOptions = {},
): PresetOf<H, Options & CheckOptions> {
  if (!isObject(preset)) throw new RangeError(`preset must be one made by definePreset, not ${showValue(preset)}`);
  settingsOf({}, objectIn("defaults", defaults));
  return derivePreset(preset, {
    name: `checked ${preset.name}`,
    settings: (options: CheckOptions & HeapOptions) => settingsOf(options, defaults),
    memory: roomier,
    wrap: (root, composition, settings) => ({ ...composition, allocator: new CheckedAllocator(root, composition.allocator, settings), sizes: "exact" }),
  });
}

/** A preset's own memory, with an eighth more for what is kept here, as far as there are addresses. */
function roomier(source: MemorySource): MemorySource {
  const { handle } = source.open();
  if (handle.kind !== "buffer") return source;
  const initial = handle.buffer.byteLength;
  const maximum = Math.min(handle.maximumBytes + Math.ceil(handle.maximumBytes / 8), ADDRESS_SPACE);
  return initial === handle.maximumBytes ? fixed(maximum) : growable({ initial, maximum });
}
