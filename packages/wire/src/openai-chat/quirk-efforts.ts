import type { Model } from '@pointsman/contract'

/**
 * Where generations of OpenAI's models that reason differ in the efforts that they take. Chosen by the catalogue's
 * `generation` and `tier`, never by a model's name.
 */
interface EffortRow {
  /** From this generation on; later rows win. */
  readonly from: number
  /** Of this tier alone; null = of all. */
  readonly tier: string | null
  /** Rising. */
  readonly levels: readonly string[]
  /** Thinks unless it is told an effort. */
  readonly thinksUnasked: boolean
  readonly source: string
  readonly date: string
}

const rows: readonly EffortRow[] = [
  {
    from: 0,
    tier: null,
    levels: ['low', 'medium', 'high'],
    thinksUnasked: true,
    source: 'enricoros/big-AGI issue 1159: every level tried with every model',
    date: '2026-07',
  },
  {
    from: 5,
    tier: null,
    levels: ['minimal', 'low', 'medium', 'high'],
    thinksUnasked: true,
    source: 'microsoft/vscode issue 301045: recorded answer of gpt-5-mini',
    date: '2026-03',
  },
  {
    from: 5.1,
    tier: null,
    levels: ['none', 'low', 'medium', 'high'],
    thinksUnasked: false,
    source: 'openai/openai-agents-python issue 2089: recorded answer; BerriAI/litellm-docs pull 1064: run',
    date: '2026-08',
  },
  {
    from: 5.2,
    tier: null,
    levels: ['none', 'low', 'medium', 'high', 'xhigh'],
    thinksUnasked: false,
    source:
      'roboflow/inference pull 2860: levels of 5.2, 5.4, 5.5; BerriAI/litellm-docs pull 1064: run with 5.2',
    date: '2026-08',
  },
  {
    from: 5.5,
    tier: null,
    levels: ['none', 'low', 'medium', 'high', 'xhigh'],
    thinksUnasked: true,
    source: 'BerriAI/litellm-docs pull 1064: run',
    date: '2026-08',
  },
  {
    from: 5.6,
    tier: null,
    levels: ['none', 'low', 'medium', 'high', 'xhigh', 'max'],
    thinksUnasked: true,
    source:
      'experientiallabs/experiential issue 764: recorded answer; pydantic/pydantic-ai issue 8634 on GPT-6',
    date: '2026-09',
  },
  {
    from: 6,
    tier: 'astra',
    levels: ['low', 'medium', 'high', 'xhigh', 'max'],
    thinksUnasked: true,
    source: 'UKGovernmentBEIS/inspect_ai pull 5254: run',
    date: '2026-09',
  },
]

const rowOf = ({ generation, tier }: Model): EffortRow | undefined =>
  rows.findLast((row) => generation >= row.from && (row.tier === null || row.tier === tier))

/** Which of OpenAI's two APIs is asked. */
export type OpenaiApi = 'chat' | 'responses'

/**
 * The efforts that a model takes, rising. Chat Completions knows no `max` (BerriAI/litellm-docs pull 1173,
 * livekit/agents pull 7169: recorded answers, 2026-09).
 */
export function effortsOf(model: Model, api: OpenaiApi): readonly string[] {
  const levels = rowOf(model)?.levels ?? []
  return api === 'chat' ? levels.filter((level) => level !== 'max') : levels
}

/** Whether the model thinks where no effort is asked for. */
export const thinksUnasked = (model: Model): boolean => rowOf(model)?.thinksUnasked ?? true
