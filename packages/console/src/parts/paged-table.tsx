import { DataTable, type DataTableProps } from './data-table.tsx'
import { Loading, Problem } from './states.tsx'
import type { Paged } from './use-paged.ts'

/** A list that the server pages, from its first load to its end. */
export function PagedTable<Row>({
  paged,
  ...props
}: Omit<DataTableProps<Row>, 'rows' | 'more'> & { readonly paged: Paged<Row> }) {
  const { error, isFirstLoad, more, retry, rows } = paged
  if (error !== null && rows.length === 0) return <Problem error={error} retry={retry} />
  if (isFirstLoad) return <Loading lines={8} />
  return <DataTable {...props} rows={rows} more={more} />
}
