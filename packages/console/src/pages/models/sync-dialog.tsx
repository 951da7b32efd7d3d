import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { CatalogueOutcome } from '@pointsman/sdk'
import { useState } from 'react'
import { tellChanged } from '../../parts/behind.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Tick } from '../../parts/field.tsx'
import { Loading, Problem } from '../../parts/states.tsx'
import { useClient, useSession } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { shared } from '../../text/shared.ts'
import { isEmptyPlan, planSections, type PlanSection } from './plan-sections.ts'
import { text } from './text.ts'

/** What Bedrock lists beside what stands here: planned first, applied as one revision. */
export function SyncDialog({ onClose }: { readonly onClose: () => void }) {
  const client = useClient()
  const queries = useQueryClient()
  const { region } = useSession()
  const [enable, setEnable] = useState(false)
  const plan = useQuery({
    queryKey: ['models', 'sync-plan', enable],
    queryFn: ({ signal }) => client.models.sync({ dryRun: true, enable }, { signal }),
    ...{ staleTime: Infinity, gcTime: 0 },
    placeholderData: (before) => before,
  })
  const apply = useMutation({
    mutationFn: () => client.models.sync({ enable }, { ifMatch: plan.data?.etag ?? null }),
    onSuccess: async (synced) => {
      onClose()
      tellChanged(fill(text.syncApplied, { revision: synced.revision }), synced)
      await queries.invalidateQueries({ queryKey: ['models'] })
    },
  })
  return (
    <Dialog
      title={text.syncTitle}
      size="wide"
      isOpen
      isBusy={apply.isPending}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{shared.cancel}</Button>
          <Button
            kind="primary"
            isPending={apply.isPending}
            refusedBecause={whyNot(plan.data)}
            onPress={() => apply.mutate()}
          >
            {text.syncApply}
          </Button>
        </>
      }
    >
      <p className="soft">{fill(text.syncHint, { region })}</p>
      <Tick isSelected={enable} onChange={setEnable}>
        {text.planEnabledToo}
      </Tick>
      {plan.error !== null ? (
        <Problem error={plan.error} retry={() => void plan.refetch()} />
      ) : plan.data === undefined ? (
        <Loading lines={6} />
      ) : (
        <Plan outcome={plan.data} />
      )}
      {apply.error === null ? null : <Problem error={apply.error} />}
    </Dialog>
  )
}

function whyNot(outcome: CatalogueOutcome | undefined): string | null {
  if (outcome === undefined) return shared.loading
  return isEmptyPlan(outcome.plan) ? text.syncNothing : null
}

const Plan = ({ outcome: { plan } }: { readonly outcome: CatalogueOutcome }) => (
  <>
    {isEmptyPlan(plan) ? <p className="good-text">{text.syncNothing}</p> : null}
    {planSections(plan).map((section) => (
      <Section key={section.title} section={section} />
    ))}
  </>
)

const Section = ({ section: { lines, title } }: { readonly section: PlanSection }) => (
  <section>
    <h3>{`${title} (${lines.length})`}</h3>
    <ul role="list" className="plan-list small" tabIndex={0} aria-label={title}>
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  </section>
)
