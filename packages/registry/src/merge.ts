/**
 * How a table takes a list of entries. MERGE and not INSERT … ON CONFLICT: the latter fires the insert triggers for
 * rows that exist already, and an import that changes nothing would make a revision.
 */
export interface MergeTable {
  readonly table: string
  /** Column → SQL type, as the entries' JSON names them. */
  readonly columns: { readonly [column: string]: string }
  readonly key: readonly string[]
  /**
   * Of a small table whose key may hold nulls, and whose rows keep the order in which they came: each given row is
   * compared with all that stand there. Else an index finds the row.
   */
  readonly comparesAll?: boolean
  /** Written when a row is new, left alone afterwards. */
  readonly insertOnly?: readonly string[]
}

/** The statement that takes a JSON list of entries as `$1`; its row count is that of the rows that changed. */
export function mergeStatement({
  table,
  columns,
  key,
  insertOnly = [],
  comparesAll = false,
}: MergeTable): string {
  const names = Object.keys(columns)
  const changing = names.filter((name) => !key.includes(name) && !insertOnly.includes(name))
  const list = (prefix: string, of: readonly string[]): string =>
    of.map((name) => `${prefix}${name}`).join(', ')
  const types = names.map((name) => `${name} ${columns[name] ?? ''}`).join(', ')
  const same = key
    .map((name) => `present.${name} ${comparesAll ? 'IS NOT DISTINCT FROM' : '='} given.${name}`)
    .join(' AND ')
  return `MERGE INTO ${table} AS present
USING jsonb_to_recordset($1::jsonb) AS given (${types}) ON ${same}
WHEN MATCHED AND (${list('present.', changing)}) IS DISTINCT FROM (${list('given.', changing)})
  THEN UPDATE SET ${changing.map((name) => `${name} = given.${name}`).join(', ')}
WHEN NOT MATCHED THEN INSERT (${list('', names)}) VALUES (${list('given.', names)})`
}
