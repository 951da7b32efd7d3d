import type { NewModel } from '@pointsman/sdk'
import { tellBehind } from '../behind-words.ts'
import { exitCodes, oneOf, UsageError, type Asked, type Command, type OptionShape } from '../command.ts'
import { dollars } from '../format.ts'
import { didYouMean, nearestNames } from '../nearest-names.ts'
import { printable } from '../terminal-text.ts'

const options: { readonly [name: string]: OptionShape } = {
  provider: { type: 'string', value: 'NAME', summary: 'who serves it; bedrock unless given' },
  upstream: { type: 'string', value: 'ID', summary: 'what the provider calls it; the id unless given' },
  name: { type: 'string', value: 'TEXT', summary: 'its name for people' },
  vendor: { type: 'string', value: 'NAME', summary: 'the company that made it: amazon, anthropic, …' },
  input: { type: 'string', value: 'USD', summary: 'price of a million input tokens' },
  output: { type: 'string', value: 'USD', summary: 'price of a million output tokens' },
  'cache-read': { type: 'string', value: 'USD', summary: 'price of a million tokens read from a cache' },
  'cache-write': { type: 'string', value: 'USD', summary: 'price of a million tokens written to one' },
  'service-tiers': {
    type: 'list',
    value: 'TIER=USD/USD[/USD]',
    summary:
      'the same of other service tiers: flex=0.2/1.6,priority=0.7/5.6; a third figure is that of --cache-read',
  },
  'price-region': {
    type: 'string',
    value: 'REGION',
    summary: 'where they hold, of models that are billed by region; everywhere unless given',
  },
  source: { type: 'string', value: 'TEXT', summary: 'where the prices were read' },
  context: { type: 'string', value: 'TOKENS', summary: 'its context window' },
  'max-output': { type: 'string', value: 'TOKENS', summary: 'the longest answer' },
  can: { type: 'list', value: 'ABILITIES', summary: 'what it can: tools, images, streaming, …' },
  cannot: { type: 'list', value: 'ABILITIES', summary: 'what it cannot; the rest is not known' },
  regions: { type: 'list', value: 'REGIONS', summary: 'from which it can be called' },
  'runs-in': { type: 'list', value: 'REGIONS', summary: 'where it may run when it is called' },
  family: { type: 'string', value: 'NAME', summary: 'claude, nova, …: fallbacks go by it' },
  tier: { type: 'string', value: 'NAME', summary: 'sonnet, lite, …, within the family' },
  generation: { type: 'string', value: 'NUMBER', summary: 'orders members of a tier, newest highest' },
  format: { type: 'string', value: 'NAME', summary: 'the body of its vendor’s own API' },
  purpose: { type: 'string', value: 'WHAT', summary: 'chat (unless given) or embedding' },
  ends: { type: 'string', value: 'DATE', summary: 'its end of life' },
  replacement: { type: 'string', value: 'MODEL_ID', summary: 'what takes its place then' },
  'use-case': { type: 'string', value: 'NAME', summary: 'make it the last candidate of a use case' },
  disabled: { type: 'boolean', summary: 'add it switched off' },
}

export const modelsAdd: Command = {
  name: 'models add',
  summary: 'Adds a model to the catalogue.',
  details:
    'What is left out is taken from what this release knows of the id, or of the same model behind another profile; the rest is not known, which is never taken for a no. Nothing is moved to it.',
  positionals: ['MODEL_ID'],
  options,
  examples: [
    'pointsman models add eu.amazon.nova-3-lite-v1:0 --input 0.4 --output 3.2',
    'pointsman models add llama-ours --provider vllm --context 131072 --can tools',
  ],
  async run(asked) {
    const { client, output } = asked
    const detail = await client.models.add(orderOf(asked))
    if (output.json) output.value(detail)
    else {
      const { id, inputCostPerMTok, isAvailable, name, outputCostPerMTok, region, revision } = detail
      output.line(`${output.good('✓')} ${printable(id)} (${printable(name)})`)
      output.line(`  ${isAvailable ? 'On' : 'Off'}, called in ${region}.`)
      output.line(
        inputCostPerMTok === null
          ? `  No price is known in ${region}: its cost would be told as unknown.`
          : `  ${dollars(inputCostPerMTok)} in, ${dollars(outputCostPerMTok)} out per million tokens.`,
      )
      output.line(output.dim(`  Revision ${revision}. Ask it: pointsman validate ${id} --probe`))
      tellBehind(detail, output)
    }
    return exitCodes.done
  },
}

const abilities = [
  ...(['tools', 'toolsStreaming', 'images', 'documents', 'streaming'] as const),
  ...(['jsonSchema', 'promptCaching', 'reasoning'] as const),
]
type Ability = (typeof abilities)[number]

function orderOf(asked: Asked): NewModel {
  const { argument, text, list, number, flag } = asked
  return {
    id: argument('MODEL_ID'),
    provider: text('provider') ?? 'bedrock',
    ...given({
      upstreamId: text('upstream'),
      name: text('name'),
      vendor: text('vendor'),
      family: text('family'),
      tier: text('tier'),
      generation: number('generation', 0),
      format: text('format'),
      purpose: oneOf('purpose', text('purpose'), ['chat', 'embedding']),
      contextTokens: number('context', 1),
      maxOutputTokens: number('max-output', 1),
      sourceRegions: list('regions'),
      destinationRegions: list('runs-in'),
      useCase: text('use-case'),
      enabled: !flag('disabled'),
    }),
    abilities: { ...said(list('can'), true), ...said(list('cannot'), false) },
    lifecycle: given({
      endsOn: text('ends'),
      replacement: text('replacement'),
    }),
    prices: pricesOf(asked),
  }
}

type Given<Facts> = { [Name in keyof Facts]?: Exclude<Facts[Name], undefined> }

const given = <Facts extends object>(facts: Facts): Given<Facts> =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Given<Facts>

/** Throws UsageError with the nearest ability. */
function said(names: readonly string[] | undefined, can: boolean): Partial<Record<Ability, boolean>> {
  return Object.fromEntries(
    (names ?? []).map((name) => {
      const ability = abilities.find((one) => one.toLowerCase() === name.replaceAll('-', '').toLowerCase())
      if (ability !== undefined) return [ability, can]
      const near = didYouMean(nearestNames(name, abilities))
      throw new UsageError(
        `There is no ability "${name}".${near} They are ${abilities.join(', ')}.`,
        modelsAdd,
      )
    }),
  )
}

function pricesOf({ list, number, text }: Asked): NonNullable<NewModel['prices']> {
  const [input, output, read, write] = ['input', 'output', 'cache-read', 'cache-write'].map((name) =>
    pico(name, number(name, 0)),
  )
  const serviceTiers = list('service-tiers')?.map(serviceTierOf)
  if (input == null && output == null) {
    if (read == null && write == null && serviceTiers === undefined) return []
    throw new UsageError(
      'A price of cached tokens, or of service tiers, alone is none. Give --input and --output, too.',
      modelsAdd,
    )
  }
  return [
    {
      region: text('price-region') ?? '*',
      inputPicoUsd: input ?? null,
      outputPicoUsd: output ?? null,
      cacheReadPicoUsd: read ?? null,
      cacheWrite5mPicoUsd: write ?? null,
      ...(serviceTiers === undefined ? {} : { serviceTiers }),
      source: text('source') ?? 'pointsman models add',
    },
  ]
}

/** US-$ per million tokens as pico-dollars a token. Throws UsageError where a price would become none. */
function pico(option: string, usd: number | undefined): number | null {
  if (usd === undefined) return null
  const picoUsd = Math.round(usd * 1_000_000)
  if (picoUsd > 0 || usd === 0) return picoUsd
  throw new UsageError(
    `--${option} takes 0, or 0.000001 US dollars or more per million tokens: ${usd} would be kept as 0.`,
    modelsAdd,
  )
}

/** `priority=0.7/5.6`, or with the price of what a cache reads as a third figure. Throws UsageError. */
function serviceTierOf(given: string) {
  const [, serviceTier, input, output, read] =
    /^([^=]+)=(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)(?:\/(\d+(?:\.\d+)?))?$/.exec(given) ?? []
  if (serviceTier === undefined)
    throw new UsageError(
      `--service-tiers takes TIER=INPUT/OUTPUT, in US dollars per million tokens, such as priority=0.7/5.6: "${given}" is none.`,
      modelsAdd,
    )
  const of = (usd: string | undefined): number | null =>
    pico('service-tiers', usd === undefined ? undefined : Number(usd))
  return {
    ...{ serviceTier, inputPicoUsd: of(input), outputPicoUsd: of(output), cacheReadPicoUsd: of(read) },
  }
}
