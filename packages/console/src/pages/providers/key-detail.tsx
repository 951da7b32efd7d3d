import type { KeyItem } from '@pointsman/sdk'
import { useState, type ReactNode } from 'react'
import { ago, instant } from '../../format/instants.ts'
import { count, usd } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Facts } from '../../parts/page.tsx'
import { EditKeyDialog } from './edit-key-dialog.tsx'
import { stateOfKey } from './key-state.ts'
import { RevokeKeyDialog } from './revoke-key-dialog.tsx'
import { RotateKeyDialog } from './rotate-key-dialog.tsx'
import { text } from './text.ts'

type Step = 'shown' | 'edit' | 'rotate' | 'revoke'

/** One key of the gateway: what it may do, and what can be done with it. */
export function KeyDetail({ item, onClose }: { readonly item: KeyItem; readonly onClose: () => void }) {
  const [step, setStep] = useState<Step>('shown')
  const { inForce, tone, words } = stateOfKey(item)
  const back = (): void => setStep('shown')
  if (step === 'edit') return <EditKeyDialog item={item} onClose={back} />
  // The key that is told of here has ended then.
  if (step === 'rotate') return <RotateKeyDialog item={item} onClose={onClose} />
  if (step === 'revoke') return <RevokeKeyDialog item={item} onClose={onClose} />
  return (
    <Dialog
      title={item.name}
      place="side"
      isOpen
      onClose={onClose}
      actions={
        inForce ? (
          <>
            <Button kind="danger" onPress={() => setStep('revoke')}>
              {text.revoke}
            </Button>
            <Button onPress={() => setStep('rotate')}>{text.rotate}</Button>
            <Button kind="primary" onPress={() => setStep('edit')}>
              {text.edit}
            </Button>
          </>
        ) : undefined
      }
    >
      <Facts
        facts={[
          [
            text.state,
            <Badge key="state" tone={tone}>
              {words}
            </Badge>,
          ],
          ...factsOf(item),
        ]}
      />
    </Dialog>
  )
}

const orNone = (value: string | null): ReactNode => value ?? <span className="soft">{text.noLimits}</span>
const number = (value: number | null): ReactNode => orNone(value === null ? null : count(value))
const dollars = (value: number | null): ReactNode => orNone(value === null ? null : usd(value))

const names = (value: readonly string[] | null): ReactNode =>
  value === null ? (
    <span className="soft">{text.all}</span>
  ) : (
    <ul role="list" className="key-list mono">
      {value.map((name) => (
        <li key={name}>{name}</li>
      ))}
    </ul>
  )

function factsOf(item: KeyItem): readonly (readonly [string, ReactNode])[] {
  return [
    [text.key, <span key="key" className="mono">{`…${item.lastFour}`}</span>],
    [text.scopes, item.scopes.join(', ')],
    [text.routes, names(item.routes)],
    [text.models, names(item.models)],
    [text.requestsPerMinute, number(item.requestsPerMinute)],
    [text.tokensPerMinute, number(item.tokensPerMinute)],
    [text.concurrentRequests, number(item.concurrentRequests)],
    [text.spendPerDay, dollars(item.spendPerDayUsd)],
    [text.spendPerMonth, dollars(item.spendPerMonthUsd)],
    [text.created, instant(item.createdAt)],
    [text.lastUsed, item.lastUsedAt === null ? text.never : ago(item.lastUsedAt)],
    [text.end, item.expiresAt === null ? text.endNever : instant(item.expiresAt)],
    ...(item.replacedBy === null
      ? []
      : [
          [
            text.replacedBy,
            <span key="by" className="mono">
              {item.replacedBy}
            </span>,
          ] as const,
        ]),
    [text.revision, item.revision],
    [
      text.id,
      <span key="id" className="mono">
        {item.id}
      </span>,
    ],
  ]
}
