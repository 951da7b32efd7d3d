import type { Model, Notification, Price, SwitchAction } from '@pointsman/contract'

/** What a switch is to those whom it touches, told truthfully. */
export type ChangeKind = 'upgrade' | 'saving' | 'replacement' | 'none'

export interface Change {
  /** Null = nothing served before. */
  readonly from: Model | null
  readonly to: Model
  readonly fromPrice: Price | null
  readonly toPrice: Price | null
}

/** Tiers of one family, the most capable highest. Families are never compared with each other. */
const tierLevels: ReadonlyMap<string, number> = new Map([
  ['opus', 4],
  ['sonnet', 3],
  ['haiku', 2],
  ['premier', 4],
  ['pro', 3],
  ['flash', 2],
  ['lite', 2],
  ['flash-lite', 1],
  ['micro', 1],
])

function isUpgrade(from: Model, to: Model): boolean {
  if (from.family !== to.family) return false
  if (from.tier === to.tier) return to.generation > from.generation
  const fromLevel = tierLevels.get(from.tier ?? '')
  const toLevel = tierLevels.get(to.tier ?? '')
  if (fromLevel === undefined || toLevel === undefined) return false
  return toLevel > fromLevel && to.generation >= from.generation
}

/** Dearer in nothing and cheaper in something: a mix of the two depends on the traffic, and is not promised. */
function isCheaper(from: Price | null, to: Price | null): boolean {
  if (from === null || to === null) return false
  const { inputPicoUsd: fromInput, outputPicoUsd: fromOutput } = from
  const { inputPicoUsd: toInput, outputPicoUsd: toOutput } = to
  if (fromInput === null || fromOutput === null || toInput === null || toOutput === null) return false
  return toInput <= fromInput && toOutput <= fromOutput && toInput + toOutput < fromInput + fromOutput
}

/**
 * `upgrade`: a higher tier that is not older, or a newer generation of the same tier, within one family;
 * `saving`: cheaper, else; `replacement`: neither can be said; `none`: it serves already.
 */
export function changeKind(change: Change): ChangeKind {
  const { from, to } = change
  if (from === null) return 'replacement'
  if (from.id === to.id) return 'none'
  if (isUpgrade(from, to)) return 'upgrade'
  return isCheaper(change.fromPrice, change.toPrice) ? 'saving' : 'replacement'
}

export interface NoticeInput extends Change {
  readonly action: SwitchAction
  readonly reason: string | null
  /** This switch takes an earlier one back. */
  readonly revert: boolean
  /** Absent = it moves one route, or one use case of a conversation. */
  readonly every?: EveryUseCase | null
}

/** A switch of a user, or of a conversation without a use case: it moves whatever route they take. */
export interface EveryUseCase {
  readonly of: 'user' | 'conversation'
  /** What serves their use cases now, beside `from`. */
  readonly alsoFrom: readonly Model[]
  /** Each use case goes back to its own model; `to` is the default's. */
  readonly inherit: boolean
  /** Use cases that get a model of their own back, by name. */
  readonly but: readonly { readonly useCase: string; readonly model: string }[]
}

const named = (models: readonly Model[]): string =>
  [...new Set(models.map(({ name }) => name))].join(', ').replace(/, ([^,]*)$/, ' and $1')

function messageForEvery(input: NoticeInput, every: EveryUseCase, because: string): string {
  const { from, to, action, revert } = input
  const except = every.but.map(({ useCase, model }) => `${useCase} (${model})`).join(', ')
  const where = `for every use case of this ${every.of}${except === '' ? '' : ` but ${except}`}`
  const left = [...(from === null ? [] : [from]), ...every.alsoFrom].filter(({ id }) => id !== to.id)
  if (every.inherit) {
    const own = left.length === 0 ? to.name : named(left)
    const again = every.but.map(({ useCase, model }) => `${model} in ${useCase}`).join(', ')
    return `Switched back from ${own}: each use case of this ${every.of} has its own model again, ${again === '' ? `${to.name} by default` : again}${because}...`
  }
  if (left.length === 0) return `Now using ${to.name} ${where}${because}...`
  if (revert) return `Switched back from ${named(left)} to ${to.name} ${where}${because}...`
  if (action === 'fallback_switch') return `Fell back from ${named(left)} to ${to.name} ${where}${because}...`
  const kind = left.length === 1 && left[0]?.id === from?.id ? changeKind(input) : 'replacement'
  if (kind === 'upgrade') return `Upgraded from ${named(left)} to ${to.name} ${where}${because}...`
  if (kind === 'saving')
    return `Switched from ${named(left)} to ${to.name}, which costs less, ${where}${because}...`
  return `Replaced ${named(left)} with ${to.name} ${where}${because}...`
}

function message(input: NoticeInput): string {
  const { from, to, action, reason, revert, every = null } = input
  const because = reason === null || reason.trim() === '' ? '' : ` (${reason.trim()})`
  if (every !== null) return messageForEvery(input, every, because)
  const kind = changeKind(input)
  if (from === null) return `Now using ${to.name}${because}...`
  if (kind === 'none') return `${to.name} already serves${because}.`
  if (revert) return `Switched back from ${from.name} to ${to.name}${because}...`
  if (action === 'fallback_switch') return `Fell back from ${from.name} to ${to.name}${because}...`
  if (kind === 'upgrade') return `Upgraded from ${from.name} to ${to.name}${because}...`
  if (kind === 'saving') return `Switched from ${from.name} to ${to.name}, which costs less${because}...`
  return `Replaced ${from.name} with ${to.name}${because}...`
}

/** Title and message for those whom a switch touches, naming both models and the reason; the seeds' shape and form. */
export function noticeFor(input: NoticeInput): Notification {
  const isManual = input.action === 'manual_switch'
  return {
    title: isManual ? 'Switching AI Model' : 'Auto-Switching AI Model',
    message: message(input),
    type: isManual ? 'manual' : 'auto',
    modelName: input.to.name,
    modelId: input.to.id,
  }
}
