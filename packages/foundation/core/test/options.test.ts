import { describe, expect, it } from "vitest";
import { flag, integerIn, InvalidAddressError, isPowerOfTwo, objectIn, oneOf, powerOfTwoIn, showValue } from "../src/index.js";

/** Values that throw as soon as anybody makes a string of them. */
function untouchables(): unknown[] {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const trap = new Proxy({}, { get: () => { throw new Error("touched"); } });
  return [Object.create(null), { toString: () => { throw new Error("touched"); } }, trap, revoked.proxy];
}

describe("values that are refused", () => {
  it("are named without running their code", () => {
    for (const value of [...untouchables(), Symbol("size"), 8n, "8", null, undefined, [8], () => 8]) {
      expect(() => integerIn("size", value, 1, 9)).toThrow(RangeError);
      expect(() => powerOfTwoIn("size", value, 1, 9)).toThrow(RangeError);
      expect(() => oneOf("size", value, ["small"])).toThrow(RangeError);
      expect(() => flag("size", value)).toThrow(RangeError);
      expect(new InvalidAddressError(value, "it is none").address).toBeNaN();
    }
  });

  it("are shown as a reader would write them, or by their type", () => {
    expect([8, -0.5, "8", 8n, true, null, undefined].map(showValue)).toEqual(["8", "-0.5", '"8"', "8n", "true", "null", "undefined"]);
    expect([Symbol("x"), [8], () => 8].map(showValue)).toEqual(["Symbol(x)", "a value of type object", "a value of type function"]);
  });
});

describe("an object", () => {
  it("is one, whatever is in it, and neither null nor a function", () => {
    for (const value of [{}, [], Object.create(null), ...untouchables()]) expect(objectIn("sizes", value)).toBe(value);
    for (const value of [null, undefined, 8, "8", () => 8]) expect(() => objectIn("sizes", value)).toThrow(/^sizes must be an object, not /);
  });
});

describe("a power of two", () => {
  it("is one below 2^53", () => {
    expect([1, 2, 2 ** 31, 2 ** 52].map(isPowerOfTwo)).toEqual([true, true, true, true]);
    expect([0, -2, 3, 0.5, 2 ** 52 - 1, 2 ** 53, Number.NaN, Infinity].map(isPowerOfTwo)).toEqual(Array.from({ length: 8 }, () => false));
  });
});

describe("a flag", () => {
  it("is true or false, not what would pass for it", () => {
    expect([flag("on", true), flag("on", false)]).toEqual([true, false]);
    for (const value of ["false", "", 0, 1]) expect(() => flag("on", value)).toThrow(/on must be true or false/);
  });
});
