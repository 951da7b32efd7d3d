import type { UsageRecord } from '@pointsman/contract'
import { brief, instant } from '../../format/instants.ts'
import { span, usd } from '../../format/numbers.ts'
import { Badge, type Tone } from '../../parts/badge.tsx'
import type { Column } from '../../parts/data-table.tsx'
import { Card } from '../../parts/page.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { Empty } from '../../parts/states.tsx'
import { usePaged } from '../../parts/use-paged.ts'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

const pageRows = 40

/** Newest first, by the page: of everything, or of one conversation. */
export function RequestTable({
  conversation,
  onOpen,
}: {
  readonly conversation: string
  readonly onOpen: (id: string) => void
}) {
  const client = useClient()
  const paged = usePaged(['usage', 'records', conversation], (cursor, signal) =>
    client.usage.records.list(
      { limit: pageRows, cursor, ...(conversation === '' ? {} : { conversationId: conversation }) },
      { signal },
    ),
  )
  const title = conversation === '' ? text.latest : fill(text.ofConversation, { id: conversation })
  return (
    <Card title={title} padded={false}>
      <PagedTable
        paged={paged}
        label={title}
        columns={columns}
        rowKey={({ requestId }) => requestId}
        onOpen={({ requestId }) => onOpen(requestId)}
        empty={
          conversation === '' ? (
            <Empty title={text.empty}>{text.emptyHint}</Empty>
          ) : (
            <Empty title={text.emptyConversation} />
          )
        }
      />
    </Card>
  )
}

export const outcomeTones: { readonly [Outcome in UsageRecord['outcome']]: Tone } = {
  ok: 'good',
  partial: 'warn',
  refused: 'neutral',
  failed: 'bad',
  'client-closed': 'neutral',
  unknown: 'warn',
}

/** Nano-dollars, as records hold them. */
export const costOf = ({ costNanoUsd }: UsageRecord): string =>
  usd(costNanoUsd === null ? null : costNanoUsd / 1e9)

const columns: readonly Column<UsageRecord>[] = [
  {
    key: 'when',
    title: text.when,
    width: '130px',
    onPhone: 'title',
    cell: ({ receivedAtMs }) => <span title={instant(receivedAtMs)}>{brief(receivedAtMs)}</span>,
  },
  { key: 'asked', title: text.asked, cell: ({ requested }) => <span className="mono">{requested}</span> },
  {
    key: 'served',
    title: text.served,
    cell: ({ modelId }) =>
      modelId === null ? (
        <span className="soft">{text.nobody}</span>
      ) : (
        <span className="mono">{modelId}</span>
      ),
  },
  {
    key: 'reason',
    title: text.reason,
    width: '120px',
    cell: ({ reason }) =>
      reason === null ? null : <Badge tone={reason === 'fallback' ? 'warn' : 'neutral'}>{reason}</Badge>,
  },
  {
    key: 'outcome',
    title: text.outcome,
    width: '110px',
    cell: ({ outcome }) => <Badge tone={outcomeTones[outcome]}>{outcome}</Badge>,
  },
  {
    key: 'duration',
    title: text.duration,
    width: '90px',
    align: 'end',
    cell: ({ durationMs }) => span(durationMs),
  },
  { key: 'cost', title: text.cost, width: '110px', align: 'end', cell: costOf },
]
