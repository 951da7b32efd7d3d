import { useQuery } from '@tanstack/react-query'
import type { UsageRecord } from '@pointsman/contract'
import { PointsmanApiError } from '@pointsman/sdk'
import { Badge } from '../../parts/badge.tsx'
import { Card, Facts } from '../../parts/page.tsx'
import { Loaded } from '../../parts/states.tsx'
import { useClient } from '../../session/session-context.tsx'
import { AttemptTimes } from './attempt-times.tsx'
import { requestFacts } from './request-facts.tsx'
import { text } from './text.ts'
import { planSteps, type PlanStep } from './plan-steps.ts'

/** One request: the plan as it stood, each candidate with what became of it, the calls in time, and the cost. */
export function ExplainedRequest({ id }: { readonly id: string }) {
  const client = useClient()
  const query = useQuery({
    queryKey: ['requests', id],
    queryFn: ({ signal }) => client.usage.explain(id, { signal }),
    staleTime: Infinity,
    // A record is there a moment after its request has ended, which is when one comes here from the answer.
    retry: (failures, error) =>
      failures < 4 && error instanceof PointsmanApiError && error.code === 'not_found',
    retryDelay: 500,
  })
  return (
    <Loaded query={query} lines={10}>
      {({ record, words }) => (
        <>
          <Card title={text.plan}>
            <Plan record={record} />
          </Card>
          <Card title={text.attempts}>
            <AttemptTimes record={record} />
          </Card>
          <div className="why-columns">
            <Card title={text.facts}>
              <Facts facts={requestFacts(record)} />
            </Card>
            <Card title={text.inWords}>
              <ol className="why-words">
                {words.map((sentence) => (
                  <li key={sentence}>{sentence}</li>
                ))}
              </ol>
            </Card>
          </div>
        </>
      )}
    </Loaded>
  )
}

const Plan = ({ record }: { readonly record: UsageRecord }) => {
  const steps = planSteps(record)
  return (
    <>
      {record.plan.circuitsIgnored === true ? <p className="warn-text">{text.circuitsIgnored}</p> : null}
      {steps.some(({ place }) => place !== null) ? (
        <p className="soft why-gates">{text.gates}</p>
      ) : (
        <p className="bad-text why-gates">{text.noCandidates}</p>
      )}
      <ol role="list" className="why-plan">
        {steps.map((step) => (
          <Step key={`${step.modelId} ${step.place ?? 'out'}`} step={step} />
        ))}
      </ol>
    </>
  )
}

const Step = ({ step: { modelId, place, tone, why, words } }: { readonly step: PlanStep }) => (
  <li className={`why-step ${tone}`}>
    <span className="why-place" aria-hidden="true">
      {place ?? '×'}
    </span>
    <span className="mono why-model">{modelId}</span>
    <Badge tone={tone}>{words}</Badge>
    {why === null ? null : <span className="soft why-reason">{why}</span>}
  </li>
)
