import type { ModelDetail } from '@pointsman/sdk'
import type { Command } from '../command.ts'
import { exitCodes } from '../command.ts'
import { count, dollars } from '../format.ts'
import { modelState } from '../model-columns.ts'

export const modelsShow: Command = {
  name: 'models show',
  summary: 'Everything that is known of one model.',
  positionals: ['MODEL_ID'],
  options: {},
  examples: ['pointsman models show eu.amazon.nova-pro-v1:0'],
  async run({ client, output, argument }) {
    const detail = await client.models.show(argument('MODEL_ID'))
    if (output.json) output.value(detail)
    else output.fields(fieldsOf(detail))
    return exitCodes.done
  },
}

function fieldsOf(detail: ModelDetail): readonly (readonly [string, string])[] {
  const { model } = detail
  const { endsOn, replacement } = detail
  const can = Object.entries(model.abilities)
  const named = (state: boolean | null): string =>
    can.flatMap(([ability, value]) => (value === state ? [ability] : [])).join(', ') || '-'
  return [
    ['Id', detail.id],
    ['Name', detail.name],
    ['State', modelState(detail)],
    ['Made by', `${detail.provider}, served by ${detail.servedBy} (called in ${detail.region})`],
    ['Use case', detail.useCase ?? '-'],
    ['Price', priceText(detail)],
    ...serviceTiersOf(detail).map((words) => ['', words] as const),
    ['Context', `${count(model.contextTokens)} tokens, answer up to ${count(detail.maxTokens)}`],
    ['Can', named(true)],
    ['Cannot', named(false)],
    ['Not known', named(null)],
    ['Runs in', model.destinationRegions === null ? 'not known' : model.destinationRegions.join(', ') || '-'],
    ...(endsOn === null ? [] : [['Ends', endsOn] as const]),
    ...(replacement === null ? [] : [['Replace by', replacement] as const]),
    ['Format', detail.format],
    ['Changed', `in revision ${detail.revision}`],
  ]
}

const priceText = ({ inputCostPerMTok, outputCostPerMTok }: ModelDetail): string =>
  inputCostPerMTok === null && outputCostPerMTok === null
    ? 'not known'
    : `${dollars(inputCostPerMTok)} in, ${dollars(outputCostPerMTok)} out per million tokens`

/** A line for each service tier whose rates are known where the model is called. */
function serviceTiersOf({ prices, region }: ModelDetail): readonly string[] {
  const price = prices.find((row) => row.region === region) ?? prices.find((row) => row.region === '*')
  return (price?.serviceTiers ?? []).map(
    ({ cacheReadPicoUsd: read, inputPicoUsd, outputPicoUsd, serviceTier }) =>
      `${serviceTier}: ${perMillion(inputPicoUsd)} in, ${perMillion(outputPicoUsd)} out${read === null ? '' : `, ${perMillion(read)} from a cache`}`,
  )
}

const perMillion = (picoUsd: number | null): string => dollars(picoUsd === null ? null : picoUsd / 1_000_000)
