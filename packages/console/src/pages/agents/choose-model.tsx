import { useQuery } from '@tanstack/react-query'
import type { ModelItem, RouteItem } from '@pointsman/sdk'
import { useState } from 'react'
import { usd } from '../../format/numbers.ts'
import { isAway } from '../../live/server-state.ts'
import { SelectField, TextField } from '../../parts/field.tsx'
import { Loaded, Problem } from '../../parts/states.tsx'
import { OutcomePreview } from '../../parts/switching/outcome-preview.tsx'
import type { SwitchOrdering } from '../../parts/switching/use-switch-order.ts'
import { readWhole } from '../../parts/read-whole.ts'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { text } from './text.ts'

/** A provider, then one of its models; what the change would do is told before it is made. */
export function ChooseModel({
  agent,
  ordering,
}: {
  readonly agent: RouteItem
  readonly ordering: SwitchOrdering
}) {
  const client = useClient()
  const isReadOnly = useRefusal('switch') !== null
  const models = useQuery({
    queryKey: ['models', 'enabled'],
    queryFn: ({ signal }) =>
      readWhole(client.models.each({ includeDisabled: false, limit: 1_000 }, { signal })),
    staleTime: 60_000,
  })
  return (
    <section className="agent-choice">
      <h3>{text.choose}</h3>
      <Loaded query={models} lines={2}>
        {({ data }) => <Choices agent={agent} models={data} ordering={ordering} isReadOnly={isReadOnly} />}
      </Loaded>
      <TextField
        label={text.reason}
        hint={text.reasonHint}
        value={ordering.fields.reason}
        onChange={(reason) => ordering.setFields({ reason })}
        onBlur={ordering.tryReason}
        isReadOnly={isReadOnly}
        maxLength={2_000}
      />
      <Preview ordering={ordering} />
      {ordering.failure === null ? null : <Problem error={ordering.failure} />}
    </section>
  )
}

function Choices({
  agent,
  isReadOnly,
  models,
  ordering: { fields, setFields },
}: {
  readonly agent: RouteItem
  readonly models: readonly ModelItem[]
  readonly isReadOnly: boolean
  readonly ordering: SwitchOrdering
}) {
  const [provider, setProvider] = useState(agent.llm_provider ?? '')
  const providers = [...new Set(models.map(({ servedBy }) => servedBy))].sort()
  const own = models.filter(({ servedBy }) => servedBy === provider)
  const change = (next: string): void => {
    setProvider(next)
    setFields({ modelId: models.find(({ servedBy }) => servedBy === next)?.id ?? null })
  }
  return (
    <div className="agent-selects">
      <SelectField
        label={text.chooseProvider}
        value={provider}
        isReadOnly={isReadOnly}
        onChange={change}
        choices={providers.map((id) => ({ id, label: id }))}
      />
      <SelectField
        label={text.chooseModel}
        value={fields.modelId ?? agent.llm_model}
        isReadOnly={isReadOnly}
        onChange={(modelId) => setFields({ modelId })}
        choices={own.map(({ id, inputCostPerMTok, name, outputCostPerMTok }) => ({
          id,
          label: `${name} · ${id} · ${usd(inputCostPerMTok)} / ${usd(outputCostPerMTok)}`,
        }))}
      />
    </div>
  )
}

function Preview({ ordering: { dryRun, fields } }: { readonly ordering: SwitchOrdering }) {
  if (fields.modelId === null) return <p className="soft">{text.nextInvocation}</p>
  if (dryRun.error !== null)
    return (
      <>
        {isAway(dryRun.error) ? null : <p className="bad-text">{text.wouldRefuse}</p>}
        <Problem error={dryRun.error} />
      </>
    )
  if (dryRun.data === undefined) return null
  return (
    <>
      <OutcomePreview outcome={dryRun.data} showNotification={fields.showNotification} />
      <p className="soft">{text.nextInvocation}</p>
    </>
  )
}
