import { ClaudeProblem } from './problem.ts'

/*
 * What one generation of Claude takes and another refuses, in the words that callers were told (all read 2026-11-27):
 * platform.claude.com, migration guides of Opus 4.7, Sonnet 5 and the 5.5 generation, adaptive thinking; anomalyco/opencode issue 13768 (prefill),
 * UKGovernmentBEIS/inspect_ai issue 3721 (sampling), askalf/dario pull 273 (adaptive thinking, probed by model),
 * aws-samples/bedrock-access-gateway pull 208 (temperature with top_p), vercel/ai issue 21364 (forced tools by Converse).
 * Haiku 5.5 takes forced tools and thinking turned off (its migration guide; effort). Thinking between tools is Sonnet 5.5's
 * alone (its migration guide, and others' probes of every model, both 2026-09-29). Bound thoughts: bound-thoughts.ts.
 */
export interface ClaudeGeneration {
  /** An answer that the caller began. */
  readonly takesPrefill: boolean
  readonly takesAdaptiveThinking: boolean
  /** `thinking` of type `enabled`. */
  readonly takesThinkingBudget: boolean
  /** `thinking` of type `disabled`. */
  readonly takesNoThinking: boolean
  /** `thinking` of type `between_tools`. */
  readonly takesBetweenTools: boolean
  /** `tool_choice` of type `any` or `tool`. */
  readonly takesForcedTools: boolean
  readonly takesSampling: boolean
  readonly takesTemperatureWithTopP: boolean
  /** Thoughts come with their text where the caller does not say. */
  readonly showsThoughts: boolean
  /** Thinks where the caller does not say. */
  readonly thinksUnasked: boolean
  readonly bindsThoughts: boolean
}

const UNKNOWN: ClaudeGeneration = {
  takesPrefill: true,
  takesAdaptiveThinking: true,
  takesThinkingBudget: true,
  takesNoThinking: true,
  takesBetweenTools: true,
  takesForcedTools: true,
  takesSampling: true,
  takesTemperatureWithTopP: true,
  showsThoughts: true,
  thinksUnasked: false,
  bindsThoughts: false,
}

/** As the catalogue has them. */
export interface ClaudeModel {
  readonly generation?: number | null
  readonly tier?: string | null
}

/** Of a model whose generation is not known nothing is refused. */
export function claudeGeneration({ generation, tier }: ClaudeModel): ClaudeGeneration {
  if (generation === null || generation === undefined) return UNKNOWN
  const alwaysThinks = generation >= 5.1 && tier !== 'haiku'
  return {
    takesPrefill: generation < 4.6,
    takesAdaptiveThinking: generation >= 4.6,
    takesThinkingBudget: generation < 4.7,
    takesNoThinking: !alwaysThinks,
    takesBetweenTools: generation >= 5.5 && tier === 'sonnet',
    takesForcedTools: !alwaysThinks,
    takesSampling: generation < 4.7,
    takesTemperatureWithTopP: generation < 4.1,
    showsThoughts: generation < 4.7,
    thinksUnasked: generation >= 5,
    bindsThoughts: generation >= 5.1,
  }
}

export function checkForcedTools(kind: unknown, { takesForcedTools }: ClaudeGeneration): void {
  if (takesForcedTools || (kind !== 'any' && kind !== 'tool')) return
  throw new ClaudeProblem('tool_choice: type "tool" and "any" are not supported for this model.')
}

export function checkPrefill({ takesPrefill }: ClaudeGeneration): void {
  if (takesPrefill) return
  throw new ClaudeProblem(
    'This model does not support assistant message prefill. The conversation must end with a user message.',
  )
}

type ThinkingType = 'adaptive' | 'between_tools' | 'disabled' | 'enabled'

const notSupported = (type: ThinkingType, advice: string): Error =>
  new ClaudeProblem(`"thinking.type.${type}" is not supported for this model.${advice}`)

const adaptive = '"thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
const leastThinking = '"thinking.type.between_tools" for the lowest thinking setting'

export function checkThinkingType(type: ThinkingType, takes: ClaudeGeneration): void {
  if (type === 'adaptive' && !takes.takesAdaptiveThinking) {
    throw new ClaudeProblem('adaptive thinking is not supported on this model')
  }
  if (type === 'enabled' && !takes.takesThinkingBudget) throw notSupported(type, ` Use ${adaptive}`)
  if (type === 'between_tools' && !takes.takesBetweenTools) throw notSupported(type, '')
  if (type === 'disabled' && !takes.takesNoThinking) {
    throw notSupported(
      type,
      takes.takesBetweenTools ? ` Use ${leastThinking}, or ${adaptive}` : ` Use ${adaptive}`,
    )
  }
}

/** Null where the caller gave none. */
export interface ClaudeSampling {
  readonly temperature: number | null
  readonly topP: number | null
  readonly topK: number | null
}

/** Models that take no sampling still take what they would do anyway. */
export function checkSamplingTaken(
  { temperature, topP, topK }: ClaudeSampling,
  takes: ClaudeGeneration,
): void {
  if (!takes.takesSampling) {
    const refused =
      temperature !== null && temperature !== 1
        ? 'temperature'
        : topP !== null && topP !== 1
          ? 'top_p'
          : topK !== null
            ? 'top_k'
            : null
    if (refused !== null) throw new ClaudeProblem(`\`${refused}\` is deprecated for this model.`)
  }
  if (!takes.takesTemperatureWithTopP && temperature !== null && topP !== null) {
    throw new ClaudeProblem(
      '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
    )
  }
}
