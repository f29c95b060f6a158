/**
 * The JavaScript side of a thread: fields of the objects through which it works (a backoff's next pause, where a search
 * starts). A thread that is run again from its start must find them as they were, so they are noted once and put back
 * before each run. Fields that only their class can see (`#name`) are out of reach; layers keep none that matter, and a
 * thread that is not the same when run again is noticed by its accesses.
 */
import { Memory } from "@heapwright/core";

type Fields = Record<string, unknown>;

/** What is noted of an array, a map, a set or a view. */
interface Contents {
  restore(): void;
  retake(): void;
}

export class ObjectState {
  private readonly objects: Fields[] = [];
  private readonly keys: string[] = [];
  private readonly values: unknown[] = [];
  private readonly containers: Contents[] = [];
  /** Objects that were reached at first, and those that were met since the last {@link retake} began. */
  private readonly known: ReadonlySet<object>;
  private readonly met = new Set<object>();
  /** Values of the fields of known objects at first. */
  private readonly first: readonly unknown[];
  private readonly knownContainers: number;

  /** @param root what the thread works through; everything that is reached from it is put back, but memories */
  constructor(root: unknown) {
    this.known = new Set();
    this.note(root);
    this.known = this.met;
    this.met = new Set();
    this.first = this.values.slice();
    this.knownContainers = this.containers.length;
  }

  restore(): void {
    const { objects, keys, values, containers } = this;
    for (let i = 0; i < objects.length; i++) {
      if (objects[i][keys[i]] !== values[i]) objects[i][keys[i]] = values[i];
    }
    for (let i = 0; i < containers.length; i++) containers[i].restore();
  }

  /**
   * What is to be put back from now on is what there is now. The same as a new state of this root, without searching it anew:
   * an object has all its fields from the start, so only what has come into one since is not known.
   */
  retake(): void {
    const { objects, keys, values, containers, first, knownContainers } = this;
    this.met.clear();
    objects.length = keys.length = values.length = first.length;
    containers.length = knownContainers;
    for (let i = 0; i < first.length; i++) {
      const value = (values[i] = objects[i][keys[i]]);
      if (value !== first[i]) this.note(value);
    }
    for (let i = 0; i < knownContainers; i++) containers[i].retake();
  }

  private note(value: unknown): void {
    if (typeof value !== "object" || value === null || value instanceof Memory || this.known.has(value) || this.met.has(value)) return;
    this.met.add(value);
    if (Array.isArray(value)) this.noteArray(value);
    else if (value instanceof Map) this.noteMap(value);
    else if (value instanceof Set) this.noteSet(value);
    else if (ArrayBuffer.isView(value)) this.noteView(value);
    else this.noteFields(value);
  }

  private noteFields(object: object): void {
    for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
      if (!("value" in property)) continue;
      this.note(property.value);
      if (!property.writable) continue;
      this.objects.push(object as Fields);
      this.keys.push(key);
      this.values.push(property.value);
    }
  }

  private noteArray(array: unknown[]): void {
    let copy: unknown[] = [];
    const retake = (): void => {
      copy = array.slice();
      for (const item of copy) this.note(item);
    };
    retake();
    if (Object.isFrozen(array)) return;
    const restore = (): void => {
      array.length = copy.length;
      for (let i = 0; i < copy.length; i++) array[i] = copy[i];
    };
    this.containers.push({ retake, restore });
  }

  private noteMap(map: Map<unknown, unknown>): void {
    let copy: [unknown, unknown][] = [];
    const retake = (): void => {
      copy = [...map];
      for (const [, item] of copy) this.note(item);
    };
    const restore = (): void => {
      map.clear();
      for (const [key, item] of copy) map.set(key, item);
    };
    retake();
    this.containers.push({ retake, restore });
  }

  private noteSet(set: Set<unknown>): void {
    let copy: unknown[] = [];
    const retake = (): void => {
      copy = [...set];
      for (const item of copy) this.note(item);
    };
    const restore = (): void => {
      set.clear();
      for (const item of copy) set.add(item);
    };
    retake();
    this.containers.push({ retake, restore });
  }

  private noteView(view: ArrayBufferView): void {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const copy = bytes.slice();
    this.containers.push({ retake: () => copy.set(bytes), restore: () => bytes.set(copy) });
  }
}
