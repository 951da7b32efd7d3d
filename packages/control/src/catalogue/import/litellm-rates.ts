import { PointsmanError, type Price, type PriceTier, type ServiceTierPrice } from '@pointsman/contract'
import { z } from 'zod'
import { check } from '../../http/check.ts'
import { picoOfUsdPerToken, usdPerToken, type SaidRates } from './rates.ts'

/** An entry, of which only members of its costs are read here. */
export interface CostMembers {
  readonly litellm_provider: string
  readonly mode?: string | undefined
  readonly [member: string]: unknown
}

/** OpenAI's, Bedrock's and Google's words, which follow the names of members: `input_cost_per_token_flex` (litellm 1.110, 2026-11). */
const serviceWords = ['flex', 'priority', 'ultrafast'] as const

/** Undefined = the file says nothing of it. */
function picoIn(said: CostMembers, member: string): number | undefined {
  const usd = check(z.object({ [member]: usdPerToken }), said, 'file')[member]
  return usd === undefined ? undefined : picoOfUsdPerToken(usd)
}

const saidOnly = (name: string, pico: number | null): Record<string, number> =>
  pico === null ? {} : { [name]: pico }

export function ratesOf(said: CostMembers, name: string): SaidRates {
  const standard = standardOf(said, name)
  const serviceTiers = [...serviceTiersOf(said, name), ...timesStandard(said, standard)]
  return {
    inputPicoUsd: standard.inputPicoUsd,
    outputPicoUsd: standard.outputPicoUsd,
    ...saidOnly('cacheReadPicoUsd', standard.cacheReadPicoUsd),
    ...saidOnly('cacheWrite5mPicoUsd', standard.cacheWrite5mPicoUsd),
    ...saidOnly('cacheWrite1hPicoUsd', standard.cacheWrite1hPicoUsd),
    ...(standard.tiers.length === 0 ? {} : { tiers: standard.tiers }),
    ...(serviceTiers.length === 0 ? {} : { serviceTiers }),
  }
}

type TierRates = Omit<PriceTier, 'inputTokensAbove'>
type StandardRates = Omit<ServiceTierPrice, 'serviceTier'>

/** Null = the file says nothing of it. */
const standardOf = (said: CostMembers, name: string): StandardRates => ({
  inputPicoUsd: picoIn(said, 'input_cost_per_token') ?? null,
  outputPicoUsd: outputOf(said, ''),
  cacheReadPicoUsd: picoIn(said, 'cache_read_input_token_cost') ?? null,
  cacheWrite5mPicoUsd: picoIn(said, 'cache_creation_input_token_cost') ?? null,
  cacheWrite1hPicoUsd: picoIn(said, 'cache_creation_input_token_cost_above_1hr') ?? null,
  tiers: tiersOf(said, name),
})

/** An embedding has no output; catalogues leave the rate out. */
const outputOf = (said: CostMembers, word: string): number | null =>
  picoIn(said, `output_cost_per_token${word}`) ?? (said.mode === 'embedding' ? 0 : null)

/**
 * `input_cost_per_token_above_200k_tokens`, and the same of output and cache; what a tier leaves out is as below it. `word`
 * is that of a service tier.
 */
function tiersOf(said: CostMembers, name: string, word = ''): readonly PriceTier[] {
  const form = new RegExp(`^input_cost_per_token_above_(\\d+)k_tokens${word}$`)
  const tiers = Object.keys(said)
    .flatMap((member) => form.exec(member)?.[1] ?? [])
    .map((step) => {
      const rate = (what: string): number | null =>
        picoIn(said, `${what}_above_${step}k_tokens${word}`) ?? picoIn(said, `${what}${word}`) ?? null
      return {
        inputTokensAbove: Number(step) * 1_000,
        inputPicoUsd: rate('input_cost_per_token'),
        outputPicoUsd: rate('output_cost_per_token'),
        cacheReadPicoUsd: rate('cache_read_input_token_cost'),
        cacheWrite5mPicoUsd: rate('cache_creation_input_token_cost'),
        cacheWrite1hPicoUsd: picoIn(said, `cache_creation_input_token_cost_above_1hr${word}`) ?? null,
      }
    })
  if (tiers.some(({ inputTokensAbove }) => inputTokensAbove === 0))
    throw new PointsmanError('invalid_request', `A step of the price of ${name} begins at 0 tokens.`)
  return tiers.sort((one, other) => one.inputTokensAbove - other.inputTokensAbove)
}

function serviceTiersOf(said: CostMembers, name: string): NonNullable<Price['serviceTiers']> {
  return serviceWords.flatMap((serviceTier): readonly ServiceTierPrice[] => {
    const word = `_${serviceTier}`
    const inputPicoUsd = picoIn(said, `input_cost_per_token${word}`)
    if (inputPicoUsd === undefined) return []
    const rate = (what: string): number | null => picoIn(said, `${what}${word}`) ?? null
    return [
      {
        ...{ serviceTier, inputPicoUsd, outputPicoUsd: outputOf(said, word) },
        cacheReadPicoUsd: rate('cache_read_input_token_cost'),
        cacheWrite5mPicoUsd: rate('cache_creation_input_token_cost'),
        cacheWrite1hPicoUsd: rate('cache_creation_input_token_cost_above_1hr'),
        tiers: tiersOf(said, name, word),
      },
    ]
  })
}

const multiplier = z.number().min(0.01).max(100).optional()
const multipliers = z.object({
  provider_specific_entry: z.object({ fast: multiplier, us: multiplier }).optional(),
})

/**
 * Anthropic's fast mode, and a model that is to run in the US, are told as factors of all rates, those of cached tokens
 * included, and of each other (platform.claude.com, fast mode, pricing: "a multiplier on standard rates"; that of cached
 * tokens as kurofune/claudit 1.9.0 has it; data residency, pricing; read 2026-11-27).
 */
function timesStandard(said: CostMembers, standard: StandardRates): readonly ServiceTierPrice[] {
  if (said.litellm_provider !== 'anthropic') return []
  const { fast, us } = check(multipliers, said, 'file').provider_specific_entry ?? {}
  const factors: readonly (readonly [string, number | undefined])[] = [
    ['fast', fast],
    ['us', us],
    ['fast.us', fast === undefined || us === undefined ? undefined : fast * us],
  ]
  return factors.flatMap(([serviceTier, factor]) =>
    factor === undefined ? [] : [{ serviceTier, ...timesRates(standard, factor) }],
  )
}

function timesRates({ tiers, ...standard }: StandardRates, factor: number): StandardRates {
  const times = (pico: number | null | undefined): number | null =>
    pico == null ? null : Math.round(pico * factor)
  const rates = (of: TierRates): TierRates => ({
    inputPicoUsd: times(of.inputPicoUsd),
    outputPicoUsd: times(of.outputPicoUsd),
    cacheReadPicoUsd: times(of.cacheReadPicoUsd),
    cacheWrite5mPicoUsd: times(of.cacheWrite5mPicoUsd),
    cacheWrite1hPicoUsd: times(of.cacheWrite1hPicoUsd),
  })
  return {
    ...rates(standard),
    tiers: tiers.map((tier) => ({ inputTokensAbove: tier.inputTokensAbove, ...rates(tier) })),
  }
}
