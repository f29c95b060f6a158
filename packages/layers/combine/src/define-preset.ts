/**
 * Makes a {@link Preset} of a build function. The function is run by every thread alike: its constructors claim header
 * space in a fixed order and so arrive at the same addresses, whether they format or attach. Everything else that
 * `create` and `attach` promise is done here: options checked, memory opened, header compared, slot taken.
 */
import {
  ADDRESS_SPACE, AttachError, growable, integerIn, isObject, objectIn, openMemory, Root, showValue,
  type Heap, type HeapHandle, type HeapOptions, type Identity, type Memory, type MemorySource, type Preset, type Progress,
} from "@heapwright/core";
import { ComposedHeap, type Composition } from "./composed-heap.js";

/** Checked and completed options: what a build function sees, what travels in the handle, what is hashed. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

export interface PresetDefinition<Options extends HeapOptions, S extends Settings, C extends Composition = Composition> {
  /** Up to 32 ASCII characters. */
  readonly name: string;
  /** With default options. */
  readonly progress: Progress;
  /**
   * Checks the options that are this preset's own and fills in the rest. Settings are named like the options that they come from:
   * in a thread that attaches they are the options. Others are another preset's: the same options may be given to several. @throws RangeError
   */
  settings(options: Options): S;
  /** The memory when the user names none; undefined: what {@link grows} makes of `initialBytes` and `maximumBytes`. */
  memory?(settings: S, maximumThreads: number): MemorySource | undefined;
  /** Makes a memory that grows. Default: {@link growable}. */
  readonly grows?: typeof growable;
  /** Constructs the layers. May depend on `settings` only; acquires nothing yet. */
  build(root: Root, settings: S): C;
}

/** A preset whose heaps can do more than every {@link Heap}. */
export interface PresetOf<H extends Heap, Options extends HeapOptions = HeapOptions> extends Preset<Options> {
  create(options?: Options): H;
  attach(handle: HeapHandle): H;
}

/** A class derived from {@link ComposedHeap}, constructed when the root is sealed, in every thread. */
export type HeapClass<C extends Composition, H extends Heap> = new (root: Root, composition: C, handle: HeapHandle) => H;

/** A preset together with what it was made of, so that another can be made of it. */
export interface DefinedPreset<Options extends HeapOptions> extends Preset<Options> {
  readonly definition: PresetDefinition<Options, Settings>;
  /** Wants the composition that {@link definition} builds. */
  readonly heapClass: HeapClass<never, Heap>;
}

const DEFAULT_MAXIMUM_THREADS = 256;
/** What the header has room for. */
const NAME = /^[ -~]{1,32}$/;

/** @throws RangeError for a name that does not fit the header */
export function definePreset<Options extends HeapOptions = HeapOptions, S extends Settings = Settings>(
  definition: PresetDefinition<Options, S>,
): Preset<Options>;
/** @param heapClass what users hold; its constructor may throw a RangeError for options that turn out not to fit the memory */
export function definePreset<Options extends HeapOptions, S extends Settings, C extends Composition, H extends Heap>(
  definition: PresetDefinition<Options, S, C>,
  heapClass: HeapClass<C, H>,
): PresetOf<H, Options>;
export function definePreset<Options extends HeapOptions, S extends Settings, C extends Composition>(
  definition: PresetDefinition<Options, S, C>,
  heapClass: HeapClass<C, Heap> = ComposedHeap,
): Preset<Options> {
  const { name, progress } = definition;
  if (!NAME.test(name)) throw new RangeError(`a preset's name has 1 to 32 ASCII characters, not ${showValue(name)}`);

  /** All that decides a layout goes into the header's hash, so that whoever differs is refused before touching a word. */
  function identify(memory: Memory, maximumThreads: number, settings: S): Identity {
    const all = { ...settings, maximumThreads, base: memory.base, maximumBytes: memory.maximumBytes };
    return { preset: name, options: JSON.stringify(Object.entries(all).sort()), maximumThreads };
  }

  function create(options = {} as Options): Heap {
    const settings = definition.settings(objectIn("options", options));
    // null is no option, but a mistake
    const { maximumThreads: threads = DEFAULT_MAXIMUM_THREADS } = options;
    const maximumThreads = integerIn("maximumThreads", threads, 1, 4096);
    const initial = sizeOption("initialBytes", options.initialBytes);
    const limit = sizeOption("maximumBytes", options.maximumBytes);
    const { memory: source = definition.memory?.(settings, maximumThreads) ?? defaultMemory(definition.grows ?? growable, initial, limit) } = options;
    if (typeof source?.open !== "function") throw new RangeError("memory must be made by fastest(), growable(), fixed() or wasm()");
    const { handle: memoryHandle, zeroFrom } = source.open(limit);
    const memory = openMemory(memoryHandle);
    const root = Root.format(memory, identify(memory, maximumThreads, settings), zeroFrom);
    return compose(root, settings, { preset: name, memory: memoryHandle, options: { ...settings, maximumThreads } });
  }

  function compose(root: Root, settings: S, handle: HeapHandle): Heap {
    const composition = definition.build(root, settings);
    root.seal();
    return new heapClass(root, composition, handle);
  }

  function attach(handle: HeapHandle): Heap {
    const { settings, maximumThreads } = readHandle(handle);
    const memory = openMemory(handle.memory);
    let root: Root | undefined;
    try {
      root = Root.attach(memory, identify(memory, maximumThreads, settings));
      return compose(root, settings, handle);
    } catch (error) {
      root?.threads.leave();
      throw asAttachError(error);
    }
  }

  function readHandle(handle: HeapHandle): { settings: S; maximumThreads: number } {
    if (!isObject(handle) || !isObject(handle.options)) throw new AttachError("handle", "not a heap's handle");
    if (handle.preset !== name) throw new AttachError("preset", `the handle is of preset ${showValue(handle.preset)}, not "${name}"`);
    const { maximumThreads, ...own } = handle.options;
    try {
      const settings = definition.settings(own as unknown as Options);
      return { settings, maximumThreads: integerIn("maximumThreads", maximumThreads, 1, 4096) };
    } catch (error) {
      throw new AttachError("options", `the handle's options are not acceptable: ${String(error)}`);
    }
  }

  const defined: DefinedPreset<Options> = { name, progress, create, attach, definition, heapClass };
  return defined;
}

/** Checked whether or not the memory has sizes of its own, so that a wrong one does not pass here and fail there. */
function sizeOption(name: string, bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : integerIn(name, bytes, 1, ADDRESS_SPACE);
}

function defaultMemory(grows: typeof growable, initial: number | undefined, maximum: number | undefined): MemorySource {
  if (initial !== undefined && maximum !== undefined) integerIn("initialBytes", initial, 1, maximum);
  return grows({ initial, maximum });
}

/** While attaching, a number out of range means that the handle does not fit the buffer. */
function asAttachError(error: unknown): unknown {
  return error instanceof RangeError ? new AttachError("layout", `the handle does not fit the buffer: ${error.message}`) : error;
}
