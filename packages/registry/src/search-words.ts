/**
 * Patterns for `ILIKE ALL`: every word of a search, wherever it stands in a text, whatever its case. The case of letters outside
 * ASCII is told apart where the database's locale knows none of them, as the database does.
 */
export const wordPatterns = (search: string): readonly string[] =>
  search
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`)
