/**
 * What stands in for the allocator once a thread has left its heap: every call says so. A flag would cost a test on
 * every malloc; another object costs nothing until it is used.
 */
import { DepartedError, type Allocator } from "@heapwright/core";

function gone(): never {
  throw new DepartedError();
}

/** Whatever is asked of it. */
export const DEPARTED = /* @__PURE__ */ new Proxy({} as Allocator, { get: () => gone });
