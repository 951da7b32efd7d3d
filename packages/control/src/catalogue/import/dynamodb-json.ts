type Members = { readonly [name: string]: unknown }

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The words by which DynamoDB names a value's type. */
const readers: { readonly [type: string]: (value: unknown) => unknown } = {
  S: (value) => value,
  N: asNumber,
  BOOL: (value) => value,
  NULL: () => null,
  L: (value) => (Array.isArray(value) ? value.map(plainValue) : value),
  M: (value) => (isObject(value) ? plainItem(value) : value),
  SS: (value) => value,
  NS: (value) => (Array.isArray(value) ? value.map(asNumber) : value),
}

/** An item in plain JSON, whichever way it was written: `{"S": "text"}` or `"text"`. */
export const plainItem = (item: Members): Members =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]))

function plainValue(value: unknown): unknown {
  if (!isObject(value)) return value
  const [only, ...others] = Object.entries(value)
  if (only === undefined || others.length > 0) return value
  const [type, inner] = only
  return Object.hasOwn(readers, type) ? readers[type]?.(inner) : value
}

/** Numbers come as text. What is none stays as it is, for the schema to name. */
function asNumber(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const number = Number(value)
  return value.trim() === '' || Number.isNaN(number) ? value : number
}
