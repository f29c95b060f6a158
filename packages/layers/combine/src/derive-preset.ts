/**
 * Makes a preset of a preset: the same layers, in the same order, with more around them. What is added claims its header
 * space after all others have, and so finds the same addresses in every thread; under a name and with options of its own, so
 * that neither preset takes a heap of the other for its own.
 */
import { showValue, type Heap, type HeapOptions, type MemorySource, type Root } from "@heapwright/core";
import type { Composition } from "./composed-heap.js";
import { definePreset, type DefinedPreset, type HeapClass, type PresetDefinition, type PresetOf, type Settings } from "./define-preset.js";

/** What is added to another preset. */
export interface Derivation<Options extends HeapOptions, S extends Settings> {
  /** Up to 32 ASCII characters. */
  readonly name: string;
  /** The options that the derived preset has beside those of the other, checked and filled in. @throws RangeError */
  settings(options: Options): S;
  /** Puts something around layers that have just been constructed; keeps what else the composition names. */
  wrap(root: Root, composition: Composition, settings: S): Composition;
  /** A memory with room for what is added, where the other preset names the memory. */
  memory?(source: MemorySource): MemorySource;
}

/**
 * A preset with the layers and the options of another, and more around them.
 * @throws RangeError for a preset that `definePreset` has not made
 */
export function derivePreset<H extends Heap, Options extends HeapOptions, More extends HeapOptions, S extends Settings>(
  preset: PresetOf<H, Options>,
  derivation: Derivation<More, S>,
): PresetOf<H, Options & More> {
  if (!isDefined(preset)) throw new RangeError(`preset ${showValue(preset.name)} was not made by definePreset, so nothing can be derived from it`);
  const { definition, heapClass } = preset;
  const derived: PresetDefinition<Options & More, Settings> = {
    name: derivation.name,
    progress: definition.progress,
    settings: (options) => ({ ...definition.settings(options), ...derivation.settings(options) }),
    memory(settings, maximumThreads) {
      const source = definition.memory?.(settings, maximumThreads);
      return source === undefined ? undefined : (derivation.memory?.(source) ?? source);
    },
    ...(definition.grows === undefined ? {} : { grows: definition.grows }),
    // the settings are those of both, and each finds its own among them
    build: (root, settings) => derivation.wrap(root, definition.build(root, settings), settings as S),
  };
  return definePreset(derived, heapClass as HeapClass<Composition, H>);
}

function isDefined<H extends Heap, Options extends HeapOptions>(preset: PresetOf<H, Options>): preset is PresetOf<H, Options> & DefinedPreset<Options> {
  return "definition" in preset && "heapClass" in preset;
}
