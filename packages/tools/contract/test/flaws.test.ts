// The suite can fail: every flawed heap fails cases of the group that is there to notice its flaw.
import { describe, expect, test } from "vitest";
import { CONTRACT_CASES, runContract, subjectsOf } from "@heapwright/contract";
import { withinTime } from "@heapwright/contract/vitest";
import { FIRST_FIT_ABILITIES } from "./first-fit-preset.js";
import { damaged, FLAWS as OWN } from "./flaws.js";
import { PEER_FLAWS } from "./peer-flaws.js";

const SETTINGS = { within: (_milliseconds: number, action: () => void) => withinTime(500, action), runs: 10, seed: 1 };
const FLAWS = [...OWN, ...PEER_FLAWS];

test("wrapping a heap is no flaw", () => {
  const [subject] = subjectsOf(damaged(() => ({})), { abilities: FIRST_FIT_ABILITIES });
  expect(runContract(subject, SETTINGS).failures).toEqual([]);
});

describe.each(FLAWS)("a heap that $name", ({ group, preset }) => {
  test(`fails cases about ${group}`, () => {
    const [subject] = subjectsOf(preset, { abilities: FIRST_FIT_ABILITIES });
    const cases = CONTRACT_CASES.filter((one) => one.group === group);
    const report = runContract(subject, { ...SETTINGS, cases });
    expect(report.failures.length, JSON.stringify(report)).toBeGreaterThan(0);
    expect(report.failures.length + report.passed).toBe(cases.length);
  });
});

test("a heap that does not notice damage may not say that it does", () => {
  const [subject] = subjectsOf(damaged(() => ({})));
  const cases = CONTRACT_CASES.filter((one) => one.group === "corruption");
  const { failures } = runContract(subject, { ...SETTINGS, cases });
  // whoever meets the damage is given what is somebody else's, or searches for ever
  expect(failures.map(({ message }) => message)).toContainEqual(expect.stringMatching(/damage to the word .*(overlaps|timed out)/));
});

test("a block that is lost in each round is missed in the third, however few they are", () => {
  const [subject] = subjectsOf(damaged((heap) => {
    let full = false;
    return {
      malloc(size) {
        const address = heap.malloc(size);
        full ||= address === 0;
        return address;
      },
      free(address) {
        if (!full) heap.free(address);
        full = false;
      },
    };
  }), { abilities: FIRST_FIT_ABILITIES });
  const cases = CONTRACT_CASES.filter(({ name }) => name.includes("round after round"));
  const { failures } = runContract(subject, { ...SETTINGS, cases });
  expect(failures.map(({ message }) => message)).toEqual([expect.stringMatching(/blocks of 48 bytes in round 3, .* were due/)]);
});

test("memory of blocks that others have freed is missed if it is never used again", () => {
  let others = 0;
  const [subject] = subjectsOf(damaged((heap) => {
    const own = new Set<number>();
    return {
      malloc(size) {
        const address = heap.malloc(size);
        own.add(address);
        return address;
      },
      free(address) {
        const isOwn = own.delete(address);
        if (isOwn || ++others % 16 !== 0) heap.free(address);
      },
    };
  }), { abilities: FIRST_FIT_ABILITIES });
  const cases = CONTRACT_CASES.filter(({ name }) => name.startsWith("blocks that one thread allocates and another frees"));
  const { failures } = runContract(subject, { ...SETTINGS, cases });
  expect(failures.map(({ message }) => message)).toEqual([expect.stringMatching(/peakMappedBytes rose from \d+ to \d+ with sixty more rounds/)]);
});

test("a heap that is full is told from one that does not grow", () => {
  const [subject] = subjectsOf(damaged((heap) => ({ malloc: (size) => (size === 16 ? 0 : heap.malloc(size)) })), { abilities: FIRST_FIT_ABILITIES });
  const cases = CONTRACT_CASES.filter(({ name }) => name === "an address beyond one's views is freed");
  const { failures } = runContract(subject, { ...SETTINGS, cases });
  expect(failures.map(({ message }) => message)).toEqual([expect.stringContaining("malloc(16) answered 0 after 0 blocks")]);
});

test("a random script that fails is shrunk, and its seed is named", () => {
  const [subject] = subjectsOf(damaged((heap) => ({ calloc: (count, size) => heap.malloc(count * size) })));
  const cases = CONTRACT_CASES.filter((one) => one.group === "random scripts");
  const { failures } = runContract(subject, { ...SETTINGS, runs: 50, cases });
  expect(failures.length).toBeGreaterThan(0);
  for (const { message } of failures) {
    expect(message).toMatch(/seed: 1, path: "/);
    const script = /Counterexample: \[(.*?) \/\*replayPath/.exec(message)?.[1] ?? "";
    expect(script.split(" via ").length, script).toBeLessThanOrEqual(5);
  }
});

test("every group of cases has a flaw to notice", () => {
  const groups = new Set(CONTRACT_CASES.map(({ group }) => group));
  expect([...groups].filter((group) => !FLAWS.some((flaw) => flaw.group === group))).toEqual([]);
});
