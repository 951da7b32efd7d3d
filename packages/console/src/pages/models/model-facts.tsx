import type { ModelDetail } from '@pointsman/sdk'
import type { ReactNode } from 'react'
import { count } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'
import { abilityWords, lifecycleTones } from './words.ts'

type Fact = readonly [name: string, value: ReactNode]

const mono = (value: string): ReactNode => <span className="mono">{value}</span>
const tokens = (value: number | null): string =>
  value === null ? text.notKnown : fill(text.tokens, { count: count(value) })

export const identityFacts = ({
  endsOn,
  id,
  isAvailable,
  isDefault,
  lifecycle,
  model,
  provider,
  replacement,
  servedBy,
}: ModelDetail): readonly Fact[] => [
  [text.id, mono(id)],
  [
    text.state,
    <>
      <Badge tone={isAvailable ? 'good' : 'neutral'}>{isAvailable ? text.enabled : text.disabled}</Badge>{' '}
      {isDefault ? <Badge tone="accent">{text.isDefault}</Badge> : null}
    </>,
  ],
  [text.lifecycle, <Badge tone={lifecycleTones[lifecycle]}>{text[lifecycle]}</Badge>],
  ...(endsOn === null ? [] : [[text.endsOnFact, endsOn] as const]),
  ...(replacement === null ? [] : [[text.replacement, mono(replacement)] as const]),
  [
    text.provider,
    provider === servedBy ? provider : fill(text.madeBy, { maker: provider, provider: servedBy }),
  ],
  ...(model.upstreamId === id ? [] : [[text.upstreamId, mono(model.upstreamId)] as const]),
  [text.kind, model.kind],
  [text.family, [model.family, model.tier, model.generation].filter((part) => part !== null).join(' · ')],
]

/** What is known that it can, what is known that it cannot, and what is not known: three different things. */
export function abilityFacts({ model: { abilities } }: ModelDetail): readonly Fact[] {
  const named = (value: boolean | null): string =>
    abilityWords(Object.entries(abilities).flatMap(([name, can]) => (can === value ? [name] : [])))
  const facts: readonly Fact[] = [
    [text.canDo, named(true)],
    [text.cannotDo, named(false)],
    [text.notKnown, named(null)],
  ]
  return facts.filter(([, value]) => value !== '')
}

const regions = (value: readonly string[] | null): ReactNode =>
  value === null ? <span className="soft">{text.notKnown}</span> : value.join(', ') || text.noRegions

export const limitFacts = ({
  maxTokens,
  model,
  region,
  revision,
  runsIn,
  useCase,
}: ModelDetail): readonly Fact[] => [
  [text.context, tokens(model.contextTokens)],
  [text.output, tokens(maxTokens)],
  [text.calledIn, region],
  [text.calledFrom, regions(model.sourceRegions)],
  [text.runsIn, regions(runsIn)],
  ...(useCase === null ? [] : [[text.useCase, useCase] as const]),
  [text.priority, model.priority],
  [text.revision, revision],
]
