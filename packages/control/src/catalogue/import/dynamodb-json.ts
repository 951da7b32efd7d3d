type Members = { readonly [name: string]: unknown }

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** No table holds values that are nested deeper (docs.aws.amazon.com: DynamoDB, constraints, 2026-11); a file may. */
const deepest = 32

/** The words by which DynamoDB names a value's type. */
const readers: { readonly [type: string]: (value: unknown, depth: number) => unknown } = {
  S: (value) => value,
  N: asNumber,
  BOOL: (value) => value,
  NULL: () => null,
  L: (value, depth) => (Array.isArray(value) ? value.map((one) => plainValue(one, depth)) : value),
  M: (value, depth) => (isObject(value) ? plainMembers(value, depth) : value),
  SS: (value) => value,
  NS: (value) => (Array.isArray(value) ? value.map(asNumber) : value),
}

/** An item in plain JSON, whichever way it was written: `{"S": "text"}` or `"text"`. */
export const plainItem = (item: Members): Members => plainMembers(item, 0)

const plainMembers = (item: Members, depth: number): Members =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value, depth)]))

function plainValue(value: unknown, depth: number): unknown {
  if (!isObject(value) || depth > deepest) return value
  const [only, ...others] = Object.entries(value)
  if (only === undefined || others.length > 0) return value
  const [type, inner] = only
  return Object.hasOwn(readers, type) ? readers[type]?.(inner, depth + 1) : value
}

/** Numbers come as text. What is none stays as it is, for the schema to name. */
function asNumber(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const number = Number(value)
  return value.trim() === '' || Number.isNaN(number) ? value : number
}
