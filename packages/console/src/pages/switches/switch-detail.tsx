import { useQuery } from '@tanstack/react-query'
import type { RevisionDetail, SwitchRow } from '@pointsman/sdk'
import { useState, type ReactNode } from 'react'
import { instant } from '../../format/instants.ts'
import { span } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { BehindTold } from '../../parts/behind.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Facts } from '../../parts/page.tsx'
import { Loaded } from '../../parts/states.tsx'
import { Change, costWords } from '../../parts/switching/outcome-preview.tsx'
import { RevertDialog } from '../../parts/switching/revert-dialog.tsx'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { shared } from '../../text/shared.ts'
import { Evidence } from './evidence.tsx'
import { stateTones } from './state-tones.ts'
import { text } from './text.ts'
import { Who } from './who.tsx'

/** One switch whole: what it changed, why, on what evidence, and where it stands in the chain. */
export function SwitchDetail({
  id,
  onClose,
  onOpen,
}: {
  readonly id: string
  readonly onClose: () => void
  readonly onOpen: (id: string) => void
}) {
  const client = useClient()
  const refusal = useRefusal('switch')
  const [isReverting, setReverting] = useState(false)
  const query = useQuery({
    queryKey: ['switches', id],
    queryFn: ({ signal }) => client.switches.show(id, { signal }),
  })
  const row = query.data
  const mayRevert =
    row !== undefined &&
    row.refusal === null &&
    row.state !== 'reverted' &&
    // A fallback that the data plane took: it changed nothing.
    row.evidence['episode'] === undefined
  return (
    <>
      <Dialog
        title={fill(text.detail, { what: row?.scopeText ?? '…' })}
        place="side"
        isOpen={!isReverting}
        onClose={onClose}
        actions={
          mayRevert ? (
            <Button icon="undo" refusedBecause={refusal} onPress={() => setReverting(true)}>
              {shared.revert}
            </Button>
          ) : undefined
        }
      >
        <Loaded query={query} lines={8}>
          {(loaded) => <Detail row={loaded} onOpen={onOpen} />}
        </Loaded>
      </Dialog>
      {isReverting && row !== undefined ? (
        <RevertDialog row={row} onClose={() => setReverting(false)} />
      ) : null}
    </>
  )
}

type Fact = readonly [name: string, value: ReactNode]

const Detail = ({ onOpen, row }: { readonly row: SwitchRow; readonly onOpen: (id: string) => void }) => (
  <>
    <Facts facts={[...changeFacts(row), ...whoFacts(row), ...effectFacts(row, onOpen)]} />
    <h3>{text.evidence}</h3>
    <Evidence evidence={row.evidence} />
    <h3>{text.chain}</h3>
    <Facts facts={chainFacts(row)} />
  </>
)

const changeFacts = (row: SwitchRow): readonly Fact[] => [
  [text.change, <Change key="change" from={row.from} to={row.to} />],
  [
    text.state,
    <Badge key="state" tone={stateTones[row.state] ?? 'neutral'}>
      {row.state}
    </Badge>,
  ],
  [text.why, row.reason ?? <span className="soft">{text.noReason}</span>],
  ...(row.refusal === null ? [] : [[text.refusal, row.refusal.message] as const]),
]

const whoFacts = ({ action, actor, approval, recordedAt }: SwitchRow): readonly Fact[] => [
  [text.when_, instant(recordedAt)],
  [
    text.who,
    <span key="who">
      <Who actor={actor} />
      {actor.id === actor.kind ? null : ` (${actor.kind} ${actor.id})`}
    </span>,
  ],
  [text.kind, text.actions[action]],
  ...(approval === null
    ? []
    : [[text.approval, [approval.by, approval.reference].filter(Boolean).join(' · ')] as const]),
]

const effectFacts = (
  { costImpactEstimated, notificationShown, reverts, revision }: SwitchRow,
  onOpen: (id: string) => void,
): readonly Fact[] => [
  [text.costImpact, costWords(costImpactEstimated)],
  [text.notice, notificationShown ? text.noticeShown : text.noticeNotShown],
  ...(reverts === null
    ? []
    : [
        [
          text.reverts,
          <Button key="reverts" size="small" kind="quiet" onPress={() => onOpen(reverts)}>
            {reverts}
          </Button>,
        ] as const,
      ]),
  ...(revision === null
    ? []
    : [[text.replicas, <Acknowledged key="replicas" revision={revision.number} />] as const]),
]

const chainFacts = ({ hash, id, previousHash, revision, sequence }: SwitchRow): readonly Fact[] => [
  [text.sequence, sequence],
  ...(revision === null ? [] : [[text.revision, revision.number] as const]),
  [text.id, <Mono key="id">{id}</Mono>],
  [text.hash, <Mono key="hash">{hash}</Mono>],
  [text.previousHash, <Mono key="before">{previousHash}</Mono>],
]

const Mono = ({ children }: { readonly children: string }) => <span className="mono">{children}</span>

/** Nothing that runs takes so long: it had not been started then. */
const lateMs = 60_000

/** How long the replicas took. */
function Acknowledged({ revision }: { readonly revision: number }) {
  const client = useClient()
  const { data } = useQuery({
    queryKey: ['revisions', revision],
    queryFn: ({ signal }) => client.revisions.show(revision, { signal }),
  })
  if (data === undefined) return <>…</>
  return (
    <>
      {data.pending.length > 0 ? null : <HowSoon replicas={data.replicas} />}
      <BehindTold behind={data} />
    </>
  )
}

function HowSoon({ replicas }: Pick<RevisionDetail, 'replicas'>) {
  if (replicas.length === 0) return <span className="soft">{text.acknowledgementsGone}</span>
  // Those that started later acknowledged it with their start.
  const first = Math.min(...replicas.map(({ lagMs }) => lagMs ?? Infinity))
  if (first > lateMs) return <span className="soft">{text.replicasLater}</span>
  return (
    <>
      {fill(text.replicasDone, {
        count: replicas.length,
        span: span(first),
      })}
    </>
  )
}
