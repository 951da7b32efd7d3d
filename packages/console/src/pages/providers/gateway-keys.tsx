import type { KeyItem } from '@pointsman/sdk'
import { useState } from 'react'
import { useFilters } from '../../app/use-filters.ts'
import { ago, instant } from '../../format/instants.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import type { Column } from '../../parts/data-table.tsx'
import { Tick } from '../../parts/field.tsx'
import { Card } from '../../parts/page.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { Empty } from '../../parts/states.tsx'
import { usePaged } from '../../parts/use-paged.ts'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { CreateKeyDialog } from './create-key-dialog.tsx'
import { KeyDetail } from './key-detail.tsx'
import { limitWords } from './key-limits.ts'
import { stateOfKey } from './key-state.ts'
import { text } from './text.ts'

const pageRows = 50

/** The keys that callers of this gateway hold. */
export function GatewayKeys() {
  const refusal = useRefusal('admin')
  const [isCreating, setCreating] = useState(false)
  return (
    <Card
      title={text.gatewayKeys}
      padded={false}
      actions={
        <Button size="small" icon="plus" refusedBecause={refusal} onPress={() => setCreating(true)}>
          {text.newKey}
        </Button>
      }
    >
      {refusal === null ? <KeyTable /> : <Empty title={text.keysNotAllowed}>{refusal}</Empty>}
      {isCreating ? <CreateKeyDialog onClose={() => setCreating(false)} /> : null}
    </Card>
  )
}

function KeyTable() {
  const client = useClient()
  const [{ ended }, setFilters] = useFilters({ ended: '' })
  const [opened, setOpened] = useState<KeyItem | null>(null)
  const includeRevoked = ended === 'true'
  const paged = usePaged(['keys', 'list', includeRevoked], (cursor, signal) =>
    client.keys.list({ includeRevoked, limit: pageRows, cursor }, { signal }),
  )
  // A key that was rotated at once is no longer listed, while its successor still waits to be kept.
  const shown = paged.rows.find(({ id }) => id === opened?.id) ?? opened
  return (
    <>
      <div className="table-bar">
        <Tick isSelected={includeRevoked} onChange={(all) => setFilters({ ended: all ? 'true' : '' })}>
          {text.includeRevoked}
        </Tick>
      </div>
      <PagedTable
        paged={paged}
        label={text.gatewayKeys}
        columns={columns}
        rowKey={({ id }) => id}
        onOpen={setOpened}
        empty={<Empty title={text.emptyKeys}>{text.emptyKeysHint}</Empty>}
      />
      {shown === null ? null : <KeyDetail item={shown} onClose={() => setOpened(null)} />}
    </>
  )
}

const columns: readonly Column<KeyItem>[] = [
  { key: 'name', title: text.name, onPhone: 'title', cell: ({ name }) => name },
  {
    key: 'key',
    title: text.key,
    width: '90px',
    cell: ({ lastFour }) => <span className="mono">{`…${lastFour}`}</span>,
  },
  { key: 'scopes', title: text.scopes, cell: ({ scopes }) => scopes.join(', ') },
  {
    key: 'limits',
    title: text.limits,
    cell: (key) => limitWords(key) || <span className="soft">{text.noLimits}</span>,
  },
  {
    key: 'used',
    title: text.lastUsed,
    width: '130px',
    cell: ({ lastUsedAt }) =>
      lastUsedAt === null ? (
        <span className="soft">{text.never}</span>
      ) : (
        <span title={instant(lastUsedAt)}>{ago(lastUsedAt)}</span>
      ),
  },
  {
    key: 'state',
    title: text.state,
    width: '170px',
    cell: (key) => {
      const { tone, words } = stateOfKey(key)
      return <Badge tone={tone}>{words}</Badge>
    },
  },
]
