/**
 * The JavaScript side of a thread: fields of the objects through which it works (a backoff's next pause, where a search
 * starts). A thread that is run again from its start must find them as they were, so they are noted once and put back
 * before each run. Fields that only their class can see (`#name`) are out of reach; layers keep none that matter, and a
 * thread that is not the same when run again is noticed by its accesses.
 */
import { Memory } from "@heapwright/core";

type Fields = Record<string, unknown>;

export class ObjectState {
  private readonly objects: Fields[] = [];
  private readonly keys: string[] = [];
  private readonly values: unknown[] = [];
  /** Containers, each by a function that puts it back. */
  private readonly containers: (() => void)[] = [];
  private readonly met = new Set<object>();

  /** @param root what the thread works through; everything that is reached from it is put back, but memories */
  constructor(root: unknown) {
    this.note(root);
    this.met.clear();
  }

  restore(): void {
    const { objects, keys, values, containers } = this;
    for (let i = 0; i < objects.length; i++) {
      if (objects[i][keys[i]] !== values[i]) objects[i][keys[i]] = values[i];
    }
    for (let i = 0; i < containers.length; i++) containers[i]();
  }

  private note(value: unknown): void {
    if (typeof value !== "object" || value === null || value instanceof Memory || this.met.has(value)) return;
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
    const copy = array.slice();
    copy.forEach((item) => this.note(item));
    if (Object.isFrozen(array)) return;
    this.containers.push(() => {
      array.length = copy.length;
      for (let i = 0; i < copy.length; i++) array[i] = copy[i];
    });
  }

  private noteMap(map: Map<unknown, unknown>): void {
    const copy = [...map];
    copy.forEach(([, item]) => this.note(item));
    this.containers.push(() => {
      map.clear();
      for (const [key, item] of copy) map.set(key, item);
    });
  }

  private noteSet(set: Set<unknown>): void {
    const copy = [...set];
    copy.forEach((item) => this.note(item));
    this.containers.push(() => {
      set.clear();
      for (const item of copy) set.add(item);
    });
  }

  private noteView(view: ArrayBufferView): void {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const copy = bytes.slice();
    this.containers.push(() => bytes.set(copy));
  }
}
