import { PointsmanError } from '@pointsman/contract'
import { modelsNamespace, readOtelConfiguration, type OtelConfiguration } from '@pointsman/metrics'

/** Where metrics go beside `/metrics`, and who may read that. */
export interface MetricsSettings {
  /** `/metrics` asks for no key. */
  readonly open: boolean
  /** `put`: PutMetricData. `embedded`: lines of the embedded metric format on standard output. */
  readonly cloudWatch: 'off' | 'put' | 'embedded'
  /** Of CloudWatch: `{project-prefix}/Models`. */
  readonly namespace: string
  /** OpenTelemetry, as the standard `OTEL_*` variables say. */
  readonly otel: OtelConfiguration
}

const yes = new Set(['true', '1', 'yes', 'on'])
const no = new Set(['false', '0', 'no', 'off'])

/** @param value a variable's value; null = it is not set. Throws PointsmanError naming the one that is wrong. */
export function readMetricsSettings(value: (name: string) => string | null): MetricsSettings {
  return {
    open: flag(value('POINTSMAN_METRICS_OPEN'), 'POINTSMAN_METRICS_OPEN'),
    cloudWatch: cloudWatchFrom(value('POINTSMAN_CLOUDWATCH')),
    namespace: namespaceFrom(value('POINTSMAN_PROJECT_PREFIX') ?? 'pointsman'),
    otel: refusing('', () => readOtelConfiguration(value)),
  }
}

function flag(text: string | null, name: string): boolean {
  const word = text?.toLowerCase() ?? 'false'
  if (yes.has(word)) return true
  if (no.has(word)) return false
  throw new PointsmanError('invalid_request', `${name} is "${text}"; it takes true or false.`)
}

function cloudWatchFrom(text: string | null): MetricsSettings['cloudWatch'] {
  if (text === null || no.has(text)) return 'off'
  if (text === 'put' || text === 'embedded') return text
  throw new PointsmanError(
    'invalid_request',
    `POINTSMAN_CLOUDWATCH is "${text}"; it takes put, embedded, off.`,
  )
}

const namespaceFrom = (prefix: string): string =>
  refusing('POINTSMAN_PROJECT_PREFIX: ', () => modelsNamespace(prefix))

/** The metrics room knows no names of errors: what it throws says what is wrong. */
function refusing<Value>(where: string, read: () => Value): Value {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new PointsmanError('invalid_request', `${where}${cause.message}`, { cause })
  }
}
