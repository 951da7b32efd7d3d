/** Every word of a search, as a pattern for wherever it stands in a text; of what holds none, none. */
export const wordPatterns = (search: string): readonly string[] =>
  search
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`)

/**
 * Whether a text has all of them, whatever their case: `patterns` is the parameter's place. The text is put into small letters
 * once, not once for each word, as `ILIKE` does it; both by the database, so that they are small in one sense.
 */
export const hasWords = (text: string, patterns: string): string =>
  `lower(${text}) LIKE ALL (ARRAY(SELECT lower(pattern) FROM unnest(${patterns}::text[]) AS pattern))`
