// The little of Markdown that the checks need: fenced blocks, links and the anchors of headings.

/**
 * @typedef {object} Block a fenced block
 * @property {string} language the word behind the fence, "" when there is none
 * @property {string} text
 * @property {number} line the line of its first row, from 1
 */

/**
 * @param {string} markdown
 * @returns {Block[]}
 */
export function blocksOf(markdown) {
  /** @type {Block[]} */
  const blocks = [];
  for (const found of markdown.matchAll(/^```([^\n]*)\n(.*?)^```[ \t]*$/gms)) {
    const [, language = "", text = ""] = found;
    blocks.push({ language: language.trim(), text, line: markdown.slice(0, found.index).split("\n").length + 1 });
  }
  return blocks;
}

/**
 * @param {string} markdown
 * @returns {string[]} targets of links and pictures, those inside code left out
 */
export function linksOf(markdown) {
  const prose = withoutFences(markdown).replaceAll(/`[^`\n]*`/g, "");
  const inline = [...prose.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)];
  const byReference = [...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)];
  return [...inline, ...byReference].map(([, target = ""]) => target);
}

/**
 * @param {string} markdown
 * @returns {string[]} the fragment of every heading, as GitHub makes them; repeated ones are numbered
 */
export function anchorsOf(markdown) {
  /** @type {Map<string, number>} */
  const times = new Map();
  return [...withoutFences(markdown).matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, heading = ""]) => {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, "")
      .replaceAll(" ", "-");
    const before = times.get(slug) ?? 0;
    times.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
}

/** @param {string} markdown */
function withoutFences(markdown) {
  return markdown.replaceAll(/^```.*?^```[ \t]*$/gms, "");
}
