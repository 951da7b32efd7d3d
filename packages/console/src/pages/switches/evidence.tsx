import type { SwitchRow } from '@pointsman/sdk'
import type { ReactNode } from 'react'
import { Facts } from '../../parts/page.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

type Value = { readonly [name: string]: unknown }

const isValue = (value: unknown): value is Value =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
const words = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : null

/** What a switch was decided on, in words as far as it is known here, the rest as it was recorded. */
export function Evidence({ evidence }: { readonly evidence: SwitchRow['evidence'] }) {
  const { applyTo, cost, environment, gates, previous, ranking, touches, ...others } = evidence
  const warnings = isValue(gates) ? texts(gates['warnings']) : []
  const traffic = isValue(touches) ? touches : {}
  const requests = words(traffic['requestsPerDay'])
  const before = isValue(previous) ? (words(previous['own']) ?? text.inherited) : null
  const facts: (readonly [string, ReactNode])[] = [
    ...(before === null ? [] : [[text.previous, before] as const]),
    ...(words(cost) === null ? [] : [[text.costImpact, words(cost)] as const]),
    ...(gates === undefined
      ? []
      : [
          [
            text.gates,
            warnings.length === 0 ? text.gatesPassed : <List key="gates" items={warnings} />,
          ] as const,
        ]),
    ...(requests === null
      ? []
      : [
          [
            text.traffic,
            fill(text.trafficPerDay, {
              requests: Math.round(Number(requests) * 10) / 10,
              days: Number(words(traffic['overDays']) ?? 0),
            }),
          ] as const,
        ]),
    ...(Array.isArray(ranking) ? [[text.ranking, <Ranking key="ranking" ranking={ranking} />] as const] : []),
    ...(applyTo === 'all' ? [[text.other, text.conversationsToo] as const] : []),
    ...(words(environment) === null ? [] : [[text.environment, words(environment)] as const]),
  ]
  return (
    <>
      <Facts facts={facts} />
      {Object.keys(others).length === 0 ? null : (
        <pre className="evidence">{JSON.stringify(others, null, 2)}</pre>
      )}
    </>
  )
}

const List = ({ items }: { readonly items: readonly string[] }) => (
  <ul className="warnings">
    {items.map((item) => (
      <li key={item}>{item}</li>
    ))}
  </ul>
)

const Ranking = ({ ranking }: { readonly ranking: readonly unknown[] }) => (
  <ol className="ranking">
    {ranking.filter(isValue).map((candidate) => (
      <li key={words(candidate['model']) ?? ''}>
        {words(candidate['model'])} · {words(candidate['score'])}
        <span className="soft"> {texts(candidate['reasons']).join('; ')}</span>
      </li>
    ))}
  </ol>
)
