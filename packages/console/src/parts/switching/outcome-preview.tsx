import type { SwitchOutcome } from '@pointsman/sdk'
import { usd } from '../../format/numbers.ts'
import { fill } from '../../text/fill.ts'
import { Facts } from '../page.tsx'
import { text } from './text.ts'

/** What a dry run told: the change, its cost, what speaks against it, and what users will see. */
export const OutcomePreview = ({
  outcome,
  showNotification,
}: {
  readonly outcome: SwitchOutcome
  readonly showNotification: boolean
}) =>
  outcome.unchanged ? (
    <p className="soft">{fill(text.unchanged, { model: outcome.to })}</p>
  ) : (
    <Facts
      facts={[
        [text.change, <Change key="change" from={outcome.from} to={outcome.to} />],
        [text.cost, <Cost key="cost" outcome={outcome} />],
        [text.warnings, <Warnings key="warnings" warnings={outcome.warnings} />],
        ...(outcome.masks.length === 0 ? [] : [[text.masks, outcome.masks.join(', ')] as const]),
        [text.notice, <Notice key="notice" outcome={outcome} isShown={showNotification} />],
      ]}
    />
  )

export const Change = ({ from, to }: { readonly from: string | null; readonly to: string | null }) => (
  <span className="change">
    {from === null ? null : <span className="change-from">{from} </span>}
    <span aria-hidden="true">→&nbsp;</span>
    <strong>{to}</strong>
  </span>
)

const Cost = ({ outcome: { costExplanation, costImpactEstimated } }: { readonly outcome: SwitchOutcome }) => (
  <>
    <strong
      className={costImpactEstimated === null ? '' : costImpactEstimated < 0 ? 'warn-text' : 'good-text'}
    >
      {costWords(costImpactEstimated)}
    </strong>
    <p className="soft small">{costExplanation}</p>
  </>
)

/** In words: a sign alone does not tell which way is good. */
export function costWords(savedPerDayUsd: number | null): string {
  if (savedPerDayUsd === null) return text.costUnknown
  if (savedPerDayUsd === 0) return text.costSame
  const amount = usd(Math.abs(savedPerDayUsd))
  return fill(savedPerDayUsd > 0 ? text.costSaved : text.costDearer, { amount })
}

const Warnings = ({ warnings }: { readonly warnings: readonly string[] }) =>
  warnings.length === 0 ? (
    <span className="good-text">{text.noWarnings}</span>
  ) : (
    <ul className="warnings">
      {warnings.map((warning) => (
        <li key={warning}>{warning}</li>
      ))}
    </ul>
  )

const Notice = ({ isShown, outcome }: { readonly outcome: SwitchOutcome; readonly isShown: boolean }) =>
  !isShown || outcome.notification === null ? (
    <span className="soft">{text.noNotice}</span>
  ) : (
    <div className={`notice notice-${outcome.notification.type}`}>
      <strong>{outcome.notification.title}</strong>
      <span>{outcome.notification.message}</span>
    </div>
  )
