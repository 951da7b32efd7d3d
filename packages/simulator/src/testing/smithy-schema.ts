/*
 * The schemas that the AWS SDK exports are tuples: [kind, namespace, name, traits, member names, member schemas,
 * count of required members]. A reference to another is a function, or a pair of a function and traits.
 */
const LIST = 1
const STRUCTURE = 3
const UNION = 4

/** Members of a value that the schema does not know, as paths. */
export function unknownMembers(reference: unknown, value: unknown, where = ''): readonly string[] {
  const schema = dereferenced(reference)
  if (schema === null || typeof value !== 'object' || value === null) return []
  if (schema[0] === LIST && Array.isArray(value)) {
    return value.flatMap((item: unknown) => unknownMembers(schema[4], item, where))
  }
  if (schema[0] !== STRUCTURE && schema[0] !== UNION) return []
  const names = schema[4] as readonly string[]
  const schemas = schema[5] as readonly unknown[]
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const path = where === '' ? name : `${where}.${name}`
    const position = names.indexOf(name)
    return position === -1 ? [path] : unknownMembers(schemas[position], member, path)
  })
}

/** Required members that a value lacks. */
export function missingMembers(reference: unknown, value: object): readonly string[] {
  const schema = dereferenced(reference)
  if (schema?.[0] !== STRUCTURE) return []
  const required = (schema[4] as readonly string[]).slice(0, Number(schema[6] ?? 0))
  return required.filter((name) => !Object.hasOwn(value, name))
}

function dereferenced(reference: unknown): readonly unknown[] | null {
  if (typeof reference === 'function') return dereferenced((reference as () => unknown)())
  if (!Array.isArray(reference)) return null
  const [first] = reference as readonly unknown[]
  return typeof first === 'function' ? dereferenced(first) : reference
}
