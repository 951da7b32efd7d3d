import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { RouteItem } from '@pointsman/sdk'
import { useState, type ReactNode } from 'react'
import { tellChanged } from '../../parts/behind.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { LeaveDialog, useLeaving } from '../../parts/leaving.tsx'
import { Facts } from '../../parts/page.tsx'
import { routeAddress } from '../../parts/route-address.ts'
import { SwitchProgress } from '../../parts/switching/switch-progress.tsx'
import { useSwitchOrder } from '../../parts/switching/use-switch-order.ts'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { ChooseModel } from './choose-model.tsx'
import { text } from './text.ts'

type Step = 'shown' | 'default' | 'remove'

/** One agent: who answers it, and the choice of another provider and model. */
export function AgentDetail({ agent, onClose }: { readonly agent: RouteItem; readonly onClose: () => void }) {
  const [step, setStep] = useState<Step>('shown')
  const refusal = useRefusal('admin')
  const ordering = useSwitchOrder({ agent: agent.name }, null)
  const { fields, make } = ordering
  const isTyped = fields.modelId !== null || fields.reason.trim() !== ''
  const leaving = useLeaving(isTyped && step === 'shown' && make.data === undefined)
  const back = (): void => setStep('shown')
  if (make.data !== undefined)
    return <SwitchProgress outcome={make.data} label={agent.key} onClose={onClose} />
  if (step === 'default') return <UseDefaultDialog agent={agent} onClose={back} />
  if (step === 'remove') return <RemoveDialog agent={agent} onClose={back} onRemoved={onClose} />
  return (
    <Dialog
      title={agent.name}
      place="side"
      isOpen
      isBusy={make.isPending}
      onClose={onClose}
      actions={
        <>
          <Button kind="danger" refusedBecause={refusal} onPress={() => setStep('remove')}>
            {text.remove}
          </Button>
          {agent.inherits ? null : (
            <Button refusedBecause={refusal} onPress={() => setStep('default')}>
              {text.useDefault}
            </Button>
          )}
          <Button
            kind="primary"
            isPending={make.isPending}
            refusedBecause={ordering.refusedBecause}
            onPress={() => make.mutate()}
          >
            {text.save}
          </Button>
        </>
      }
    >
      <Facts facts={factsOf(agent)} />
      <ChooseModel agent={agent} ordering={ordering} />
      <p>
        <Link to={routeAddress(agent.key)}>{text.allRules}</Link>
      </p>
      <LeaveDialog what={agent.key} leaving={leaving} />
    </Dialog>
  )
}

const factsOf = (agent: RouteItem): readonly (readonly [string, ReactNode])[] => [
  [
    text.serves,
    <span key="serves">
      {agent.llm_provider ?? text.notKnown} · <span className="mono">{agent.llm_model}</span>
    </span>,
  ],
  [
    text.from,
    <Badge key="from" tone={agent.inherits ? 'neutral' : 'accent'}>
      {agent.inherits ? text.inherited : text.own}
    </Badge>,
  ],
  [text.strategy, agent.strategy],
  [text.fallbacks, agent.fallbacks === null ? text.byFamily : agent.fallbacks.join(', ')],
  [text.residency, agent.residency?.join(', ') ?? text.noRule],
  [text.revision, agent.revision],
]

function UseDefaultDialog({ agent, onClose }: { readonly agent: RouteItem; readonly onClose: () => void }) {
  // As it was when the question was put.
  const [{ name, revision }] = useState(agent)
  const client = useClient()
  const queries = useQueryClient()
  const change = useMutation({
    mutationFn: () => client.agents.put(name, { target: null }, { ifMatch: revision }),
    onSuccess: async (changed) => {
      await queries.invalidateQueries({ queryKey: ['agents'] })
      tellChanged(fill(text.usesDefault, { name }), changed)
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={fill(text.useDefaultTitle, { name })}
      action={text.useDefault}
      kind="primary"
      isPending={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate()}
      onClose={onClose}
    >
      <p>{text.useDefaultHint}</p>
    </ConfirmDialog>
  )
}

function RemoveDialog({
  agent,
  onClose,
  onRemoved,
}: {
  readonly agent: RouteItem
  readonly onClose: () => void
  readonly onRemoved: () => void
}) {
  // As it was when the question was put.
  const [{ name, revision }] = useState(agent)
  const client = useClient()
  const queries = useQueryClient()
  const remove = useMutation({
    mutationFn: () => client.agents.delete(name, { ifMatch: revision }),
    onSuccess: async (removed) => {
      tellChanged(fill(text.removed, { name }), removed)
      // First: the page says of an open agent that is not listed that there is none.
      onRemoved()
      await queries.invalidateQueries({ queryKey: ['agents'] })
    },
  })
  return (
    <ConfirmDialog
      title={fill(text.removeTitle, { name })}
      action={text.remove}
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>{text.removeHint}</p>
    </ConfirmDialog>
  )
}
