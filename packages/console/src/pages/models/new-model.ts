import type { ModelId, PriceId } from '@pointsman/contract'
import type { ModelDetail, NewModel } from '@pointsman/sdk'
import { text } from './text.ts'

/** A new entry as it is typed. */
export interface NewFields {
  readonly like: string
  readonly id: string
  readonly name: string
  readonly upstreamId: string
  readonly contextTokens: string
  readonly maxOutputTokens: string
  readonly inputUsd: string
  readonly outputUsd: string
  readonly source: string
  readonly enabled: boolean
}

export const emptyFields: NewFields = {
  ...{ like: '', id: '', name: '', upstreamId: '', contextTokens: '', maxOutputTokens: '' },
  ...{ inputUsd: '', outputUsd: '', source: '', enabled: false },
}

const number = (value: string): number | null => (value.trim() === '' ? null : Number(value))
const isPriced = ({ inputUsd, outputUsd }: NewFields): boolean =>
  inputUsd.trim() !== '' || outputUsd.trim() !== ''

/** US-$ 1 per million tokens is 1,000,000 pico-dollars a token. */
const picoUsd = (value: string): number | null => {
  const usd = number(value)
  return usd === null ? null : Math.round(usd * 1_000_000)
}

/** Why it cannot be added yet; null = it can. */
export function whyNotAdd(fields: NewFields, like: ModelDetail | undefined): string | null {
  if (like === undefined) return text.chooseLike
  if (fields.id.trim() === '') return text.idEmpty
  if (fields.name.trim() === '') return text.nameEmpty
  const numbers = [fields.contextTokens, fields.maxOutputTokens, fields.inputUsd, fields.outputUsd]
  const areNumbers = numbers.every((value) => {
    const typed = number(value) ?? 0
    return Number.isFinite(typed) && typed >= 0
  })
  if (!areNumbers) return text.notANumber
  const isLost = [fields.inputUsd, fields.outputUsd].some((usd) => Number(usd) > 0 && picoUsd(usd) === 0)
  if (isLost) return text.priceTooSmall
  return isPriced(fields) && fields.source.trim() === '' ? text.sourceEmpty : null
}

/** The entry that it is like, with what was typed in its place. */
export function newModelOf(fields: NewFields, { model, region }: ModelDetail, nowMs: number): NewModel {
  // What is typed becomes an id here; the server refuses what can be none.
  const id = fields.id.trim() as ModelId
  const today = new Date(nowMs).toISOString().slice(0, 10)
  const priceRegion = model.provider === 'bedrock' ? region : '*'
  return {
    ...model,
    id,
    name: fields.name.trim(),
    upstreamId: fields.upstreamId.trim() || fields.id.trim(),
    contextTokens: number(fields.contextTokens),
    maxOutputTokens: number(fields.maxOutputTokens),
    lifecycle: { status: 'active', endsOn: null, replacement: null },
    enabled: fields.enabled,
    prices: isPriced(fields)
      ? [
          {
            id: `${id}@${priceRegion}@${today}` as PriceId,
            region: priceRegion,
            effectiveFromMs: nowMs,
            tiers: [],
            ...{ source: fields.source.trim(), sourceDate: today },
            ...{ inputPicoUsd: picoUsd(fields.inputUsd), outputPicoUsd: picoUsd(fields.outputUsd) },
            ...{ cacheReadPicoUsd: null, cacheWrite5mPicoUsd: null, cacheWrite1hPicoUsd: null },
          },
        ]
      : [],
  }
}
