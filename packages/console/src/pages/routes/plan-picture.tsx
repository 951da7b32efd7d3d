import { useQuery } from '@tanstack/react-query'
import type { RouteItem } from '@pointsman/sdk'
import { day } from '../../format/instants.ts'
import { share, usd } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { Card } from '../../parts/page.tsx'
import { useModels, type KnownModels } from '../../parts/use-models.ts'
import { readWhole } from '../../parts/read-whole.ts'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { planOf, type PlanStep } from './plan.ts'
import { text } from './text.ts'

/** The route as a track: who comes in, and which models they meet in which order. */
export function PlanPicture({ route }: { readonly route: RouteItem }) {
  const models = useModels()
  const plan = planOf(route)
  return (
    <Card title={text.plan}>
      <p className="soft">{text.planHint}</p>
      <ol role="list" className="routes-track">
        <li className="routes-stop">
          <strong>{text.whoAsks}</strong>
          <Askers route={route} />
        </li>
        {plan.steps.map((step) => (
          <li key={step.modelId} className={`routes-stop${step.serves ? ' serves' : ''}`}>
            <Step step={step} models={models} />
          </li>
        ))}
        {plan.after === '' ? null : <li className="routes-stop last soft">{plan.after}</li>}
      </ol>
      <p className="soft small">{text.conversations}</p>
    </Card>
  )
}

function Step({ models, step }: { readonly step: PlanStep; readonly models: KnownModels }) {
  const model = models.byId.get(step.modelId)
  return (
    <>
      <span className="routes-step-head">
        <strong>{models.nameOf(step.modelId)}</strong>
        <Badge tone={step.serves ? 'accent' : 'neutral'}>{step.role}</Badge>
        {step.share === null ? null : (
          <Badge tone="accent">{fill(text.share, { share: share(step.share) })}</Badge>
        )}
        {model === undefined ? (
          models.all.length === 0 ? null : (
            <Badge tone="bad">{text.status.unknown}</Badge>
          )
        ) : (
          <Status isAvailable={model.isAvailable} endsOn={model.endsOn} lifecycle={model.lifecycle} />
        )}
      </span>
      <span className="soft small">
        <span className="mono">{step.modelId}</span>
        {model === undefined
          ? null
          : ` · ${model.servedBy} · ${fill(text.prices, { input: usd(model.inputCostPerMTok), output: usd(model.outputCostPerMTok) })}`}
      </span>
      <span className="soft small">{step.why}</span>
    </>
  )
}

const Status = ({
  endsOn,
  isAvailable,
  lifecycle,
}: {
  readonly isAvailable: boolean
  readonly lifecycle: string
  readonly endsOn: string | null
}) => (
  <>
    {isAvailable ? null : <Badge tone="bad">{text.status.disabled}</Badge>}
    {lifecycle === 'active' ? null : (
      <Badge tone="warn">{endsOn === null ? lifecycle : fill(text.status.ends, { date: day(endsOn) })}</Badge>
    )}
  </>
)

/** Every name that leads here. */
function Askers({ route }: { readonly route: RouteItem }) {
  const client = useClient()
  const { data } = useQuery({
    queryKey: ['roles', 'and-aliases', route.key],
    queryFn: async ({ signal }) => {
      const [roles, aliases] = await Promise.all([
        readWhole(client.roles.each({ limit: 1_000 }, { signal })),
        client.aliases.list({ target: route.key, limit: 100 }, { signal }),
      ])
      return { roles: roles.data, aliases: aliases.data, hasMore: aliases.nextCursor !== null }
    },
  })
  const roles = data?.roles.filter(({ useCase }) => route.kind === 'use-case' && useCase === route.name) ?? []
  const names = [
    fill(text.byName, { name: route.key }),
    ...roles.map(({ name }) => fill(text.byRole, { name })),
    ...(data?.aliases ?? []).map(({ name }) => fill(text.byAlias, { name })),
    ...(data?.hasMore === true ? [text.moreAliases] : []),
  ]
  return <span className="soft small">{names.join(' · ')}</span>
}
