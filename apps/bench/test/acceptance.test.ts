import { expect, it, vi } from "vitest";
import { acceptance } from "../src/acceptance.js";

it("heap_2 refuses nearly the whole heap after small blocks, the others serve it, and the table says so", () => {
  const table = vi.spyOn(console, "table").mockImplementation(() => undefined);
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  try {
    expect(acceptance()).toBe(true);
    const rows = table.mock.calls[0][0] as { form: string; "heap bytes": number; "free blocks": number; "small blocks": number; outcome: string }[];
    expect(rows).toHaveLength(18);
    for (const row of rows) {
      const merges = row.form !== "heap_2";
      expect(row).toMatchObject({ outcome: merges ? "served" : "refused", "free blocks": merges ? 1 : row["small blocks"] });
    }
    expect(log.mock.calls[0][0]).toMatch(/^heap_2 refused every large request/);
  } finally {
    table.mockRestore();
    log.mockRestore();
  }
});
