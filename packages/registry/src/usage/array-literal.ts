/**
 * Lists as PostgreSQL's own array text. Drivers make it, too, but escape every number as if it were a text: of the thousands
 * of sums that a batch writes that was most of the work.
 */
export const numbersLiteral = (values: readonly number[]): string => `{${values.join(',')}}`

export function textsLiteral(values: readonly string[]): string {
  const json = JSON.stringify(values)
  // Without a backslash both notations are one; only they escape differently.
  const inner = json.includes('\\') ? values.map(quoted).join(',') : json.slice(1, -1)
  return `{${inner}}`
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, String.raw`\$&`)}"`
