import type { Model } from '@pointsman/contract'

/**
 * Where Google's models behind one API differ. Chosen by the catalogue's `generation` and `tier`, never by a model's
 * name.
 */
export interface ModelQuirks {
  /** How thinking is asked for; null: no way is known. */
  readonly thinking: 'level' | 'budget' | null
  /** The levels that are taken, from the least on. */
  readonly levels: readonly string[]
  /** A budget of tokens for thinking is taken, be it as the older way beside levels. */
  readonly budgets: boolean
  /** The smallest budget of a model that thinks. */
  readonly smallestBudget: number
  /** More is refused. */
  readonly largestBudget: number
  /** The budget 0 switches thinking off. */
  readonly canStop: boolean
  /** A function call without its signature is refused in the turn that is going on. */
  readonly needsSignatures: boolean
  /** A function may answer with images and documents inside its response. */
  readonly mediaInResponses: boolean
  /** JSON answers may be asked for beside functions. */
  readonly jsonBesideTools: boolean
  /** Penalties other than 0 are taken. */
  readonly penalties: boolean
  /** More than one answer may be asked for. */
  readonly severalAnswers: boolean
  /** Responses of functions may stand under the role `function`, as older SDKs write it. */
  readonly functionRole: boolean
}

interface QuirkRow {
  readonly from: number
  /** Only models of this tier; null = all. */
  readonly tier: string | null
  readonly set: Partial<ModelQuirks>
  readonly source: string
  readonly date: string
}

const plain: ModelQuirks = {
  thinking: null,
  levels: [],
  budgets: false,
  smallestBudget: 1,
  largestBudget: Infinity,
  canStop: true,
  needsSignatures: false,
  mediaInResponses: false,
  jsonBesideTools: false,
  penalties: true,
  severalAnswers: true,
  functionRole: true,
}

/** Later rows win. */
const rows: readonly QuirkRow[] = [
  {
    from: 2.5,
    tier: null,
    set: { thinking: 'budget', budgets: true, largestBudget: 24_576 },
    source: 'ai.google.dev: Gemini thinking, table of budgets',
    date: '2026-10',
  },
  {
    from: 2.5,
    tier: 'pro',
    set: { smallestBudget: 128, largestBudget: 32_768, canStop: false },
    source: 'ai.google.dev: Gemini thinking, table of budgets (2.5 Pro cannot be kept from thinking)',
    date: '2026-10',
  },
  {
    from: 2.5,
    tier: 'flash-lite',
    set: { smallestBudget: 512 },
    source: 'ai.google.dev: Gemini thinking, table of budgets (0, or 512 to 24576)',
    date: '2026-10',
  },
  {
    from: 2.5,
    tier: null,
    set: { penalties: false },
    source:
      'google-gemini/cookbook issue 1290, PublicAffairs/openai-gemini issue 63: "Penalty is not enabled for this model", but 0 passes',
    date: '2026-07',
  },
  {
    from: 3,
    tier: null,
    set: { largestBudget: Infinity },
    source: 'ai.google.dev: Gemini thinking (the greatest budgets are told of 2.5 alone)',
    date: '2026-11',
  },
  {
    from: 3,
    tier: null,
    set: { severalAnswers: false },
    source: 'googleapis/js-genai issue 1609: "Multiple candidates is not enabled for this model"',
    date: '2026-05',
  },
  {
    from: 3,
    tier: 'flash-lite',
    set: { smallestBudget: 1 },
    source: 'ai.google.dev: Gemini thinking (the least budget is told of 2.5 Flash-Lite alone)',
    date: '2026-10',
  },
  {
    from: 3,
    tier: null,
    set: {
      thinking: 'level',
      levels: ['minimal', 'low', 'medium', 'high'],
      needsSignatures: true,
      mediaInResponses: true,
      jsonBesideTools: true,
    },
    source: 'ai.google.dev: Gemini 3 guide, thought signatures, multimodal function responses',
    date: '2026-10',
  },
  {
    from: 3,
    tier: 'pro',
    set: { levels: ['low', 'high'] },
    source: 'ai.google.dev: Gemini 3 guide, thinking levels',
    date: '2026-10',
  },
  {
    from: 3.1,
    tier: 'pro',
    set: { levels: ['low', 'medium', 'high'] },
    source: 'ai.google.dev: Gemini thinking, thinking levels',
    date: '2026-10',
  },
  {
    from: 3.6,
    tier: null,
    set: { functionRole: false },
    source:
      'blakeblackshear/frigate pull 24013, memex-lab/dart_agent_core issue 34: "Role \'function\' is not supported"; 3.1 took it',
    date: '2026-08',
  },
  {
    from: 3.7,
    tier: 'flash',
    set: { levels: ['low', 'medium', 'high'] },
    source: "ai.google.dev: what's new in Gemini 3.7 Flash (3.8 Flash takes its place)",
    date: '2026-11',
  },
  {
    from: 4,
    tier: null,
    set: { levels: ['low', 'medium', 'high'], budgets: false, canStop: false },
    source:
      'ai.google.dev: latest model, Gemini 4 Argon; docs.apiyi.com, Gemini 4 Argon: "Thinking budget is not supported for this model"',
    date: '2026-10',
  },
]

export function quirksOf({ generation, tier }: Pick<Model, 'generation' | 'tier'>): ModelQuirks {
  return rows
    .filter((row) => generation >= row.from && (row.tier === null || row.tier === tier))
    .reduce<ModelQuirks>((quirks, row) => ({ ...quirks, ...row.set }), plain)
}

/**
 * Stands for the signature of a call that another model made, which nobody can sign (ai.google.dev: thought signatures,
 * questions and answers, 2026-10).
 */
export const unsignedCall = 'skip_thought_signature_validator'
