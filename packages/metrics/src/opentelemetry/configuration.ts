import type { Attributes } from './span.ts'

/** Where one signal goes. */
export interface OtlpTarget {
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly timeoutMs: number
  readonly gzip: boolean
}

export type SamplerName = 'always_on' | 'always_off' | 'traceidratio'

/** What the standard `OTEL_*` variables say; plain, so that it may cross a process. */
export interface OtelConfiguration {
  /** Null = none are sent. */
  readonly traces: OtlpTarget | null
  readonly metrics: OtlpTarget | null
  readonly resource: Attributes
  readonly sampler: { readonly name: SamplerName; readonly ratio: number; readonly parentBased: boolean }
  readonly batch: { readonly delayMs: number; readonly maxQueue: number; readonly maxBatch: number }
  readonly metricIntervalMs: number
  /** Prompts and answers of routes with capture on may stand on spans. */
  readonly captureText: boolean
}

/** A variable's value; null = it is not set. */
export type Variable = (name: string) => string | null

/**
 * Reads them as the OpenTelemetry specification says, with two differences: nothing is sent unless an endpoint or an exporter
 * is named, and the one protocol is `http/json`. Throws TypeError naming the variable that is wrong.
 */
export function readOtelConfiguration(variable: Variable): OtelConfiguration {
  const isOff = variable('OTEL_SDK_DISABLED')?.toLowerCase() === 'true'
  return {
    traces: isOff ? null : targetFrom(variable, 'TRACES'),
    metrics: isOff ? null : targetFrom(variable, 'METRICS'),
    resource: resourceFrom(variable),
    sampler: samplerFrom(variable),
    batch: {
      delayMs: whole(variable, 'OTEL_BSP_SCHEDULE_DELAY', 5_000),
      maxQueue: whole(variable, 'OTEL_BSP_MAX_QUEUE_SIZE', 2_048),
      maxBatch: whole(variable, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512),
    },
    metricIntervalMs: whole(variable, 'OTEL_METRIC_EXPORT_INTERVAL', 60_000),
    captureText: variable('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT')?.toLowerCase() === 'true',
  }
}

type Signal = 'TRACES' | 'METRICS'

function targetFrom(variable: Variable, signal: Signal): OtlpTarget | null {
  const own = (name: string): string | null =>
    variable(`OTEL_EXPORTER_OTLP_${signal}_${name}`) ?? variable(`OTEL_EXPORTER_OTLP_${name}`)
  const exporter = variable(`OTEL_${signal}_EXPORTER`)
  if (exporter !== null && exporter !== 'otlp' && exporter !== 'none')
    throw new TypeError(`OTEL_${signal}_EXPORTER is "${exporter}"; it takes otlp or none.`)
  const endpoint = own('ENDPOINT')
  if (exporter === 'none' || (endpoint === null && exporter === null)) return null
  const protocol = own('PROTOCOL')
  if (protocol !== null && protocol !== 'http/json')
    throw new TypeError(
      `OTEL_EXPORTER_OTLP_PROTOCOL is "${protocol}"; this server speaks http/json, which every OTLP receiver takes at the same port as http/protobuf (4318).`,
    )
  return {
    url: urlFrom(variable, signal),
    headers: headersFrom(own('HEADERS') ?? '', signal),
    timeoutMs: whole(own, 'TIMEOUT', 10_000, 'OTEL_EXPORTER_OTLP_TIMEOUT'),
    gzip: compressionFrom(own('COMPRESSION')),
  }
}

/** A signal's own address stands as it is; the common one gets the signal's path. */
function urlFrom(variable: Variable, signal: Signal): string {
  const name = `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`
  const own = variable(name)
  if (own !== null) return address(own, name)
  const common = variable('OTEL_EXPORTER_OTLP_ENDPOINT') ?? 'http://localhost:4318'
  return `${address(common, 'OTEL_EXPORTER_OTLP_ENDPOINT').replace(/\/$/, '')}/v1/${signal.toLowerCase()}`
}

function address(text: string, name: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text
  throw new TypeError(`${name} is "${text}"; it takes an http or https URL.`)
}

function compressionFrom(text: string | null): boolean {
  if (text === null || text === 'none') return false
  if (text === 'gzip') return true
  throw new TypeError(`OTEL_EXPORTER_OTLP_COMPRESSION is "${text}"; it takes gzip or none.`)
}

/** `name=value,name=value`, values percent-encoded. The message tells no value: it may be a key. */
function pairsFrom(text: string, name: string): readonly (readonly [string, string])[] {
  return text
    .split(',')
    .filter((pair) => pair.trim() !== '')
    .map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new TypeError(`${name} takes name=value pairs, separated by commas.`)
      return [pair.slice(0, at).trim(), decoded(pair.slice(at + 1).trim(), name)] as const
    })
}

function decoded(text: string, name: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new TypeError(`${name} has a value that is not percent-encoded UTF-8.`, { cause })
  }
}

const headersFrom = (text: string, signal: Signal): OtlpTarget['headers'] =>
  Object.fromEntries(
    pairsFrom(text, `OTEL_EXPORTER_OTLP_HEADERS or OTEL_EXPORTER_OTLP_${signal}_HEADERS`).map(
      ([name, value]) => [name.toLowerCase(), value],
    ),
  )

function resourceFrom(variable: Variable): Attributes {
  const given = Object.fromEntries(
    pairsFrom(variable('OTEL_RESOURCE_ATTRIBUTES') ?? '', 'OTEL_RESOURCE_ATTRIBUTES'),
  )
  const service = variable('OTEL_SERVICE_NAME') ?? given['service.name'] ?? 'pointsman'
  return { ...given, 'service.name': service }
}

function samplerFrom(variable: Variable): OtelConfiguration['sampler'] {
  const text = variable('OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on'
  const name = /^(?:parentbased_)?(always_on|always_off|traceidratio)$/.exec(text)?.[1]
  if (name === undefined)
    throw new TypeError(
      `OTEL_TRACES_SAMPLER is "${text}"; it takes always_on, always_off, traceidratio, and each with parentbased_ in front.`,
    )
  const argument = variable('OTEL_TRACES_SAMPLER_ARG') ?? '1'
  const ratio = Number(argument)
  if (!(ratio >= 0 && ratio <= 1))
    throw new TypeError(`OTEL_TRACES_SAMPLER_ARG is "${argument}"; it takes a number from 0 to 1.`)
  return { name: name as SamplerName, ratio, parentBased: text.startsWith('parentbased_') }
}

/** A timer that is set for longer fires at once, over and over. */
const longestTimerMs = 2_147_483_647

function whole(variable: Variable, name: string, fallback: number, told = name): number {
  const text = variable(name)
  if (text === null) return fallback
  const value = Number(text)
  if (Number.isInteger(value) && value > 0 && value <= longestTimerMs) return value
  throw new TypeError(`${told} is "${text}"; it takes a whole number from 1 to ${longestTimerMs}.`)
}
