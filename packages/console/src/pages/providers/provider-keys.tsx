import type { ProviderKeyItem } from '@pointsman/sdk'
import { brief, instant } from '../../format/instants.ts'
import type { Column } from '../../parts/data-table.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { usePaged } from '../../parts/use-paged.ts'
import { useClient } from '../../session/session-context.tsx'
import { text } from './text.ts'

/** Who stored which key, and when; of the keys themselves four characters. */
export function ProviderKeys({ id }: { readonly id: string }) {
  const client = useClient()
  const paged = usePaged(['providers', id, 'keys'], (cursor, signal) =>
    client.providers.keys(id).list({ limit: 20, cursor }, { signal }),
  )
  return (
    <section>
      <h3>{text.storedKeys}</h3>
      <PagedTable
        paged={paged}
        label={text.storedKeys}
        columns={columns}
        rowKey={({ version }) => String(version)}
        empty={<p className="soft">{text.noStoredKeys}</p>}
      />
    </section>
  )
}

const columns: readonly Column<ProviderKeyItem>[] = [
  {
    key: 'version',
    title: text.version,
    onPhone: 'title',
    cell: ({ keyLastFour, version }) => (
      <>
        {version} <span className="mono soft">{`…${keyLastFour ?? ''}`}</span>
      </>
    ),
  },
  {
    key: 'set',
    title: text.setAt,
    cell: ({ setAt, setBy }) => (
      <span title={instant(setAt)}>
        {brief(setAt)} <span className="soft">{setBy?.id ?? ''}</span>
      </span>
    ),
  },
  {
    key: 'ended',
    title: text.endedAt,
    cell: ({ endedAt, endedBy }) =>
      endedAt === null ? (
        <span className="good-text">{text.inForce}</span>
      ) : (
        <span title={instant(endedAt)}>
          {brief(endedAt)} <span className="soft">{endedBy?.id ?? ''}</span>
        </span>
      ),
  },
]
