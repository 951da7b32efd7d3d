import type { Candidate, Exclusion } from '@pointsman/contract'
import { unknownModel } from '../gates/available.ts'
import { firstVerdict } from '../gates/gate-setting.ts'
import { conditionsOf, settingFor, type Asked } from './decide.ts'
import type { Resolution } from './routing-call.ts'

/**
 * The four gates once more, for a candidate that the plan comes to later than it was made: a provider may have lost its
 * credential, a model may have come to its end. The last word before a call on where it may run and what the key allows;
 * null = it may be called. Circuits are judged by whoever lets the call through: one who calls although all are open, too.
 */
export function judgeAgain(candidate: Candidate, resolution: Resolution, asked: Asked): Exclusion | null {
  const { modelId, region, step } = candidate
  const { call, snapshot } = asked
  const conditions = conditionsOf(resolution, asked.conditions)
  const model = snapshot.models.get(modelId)
  const setting = { ...settingFor(resolution, { call, conditions, snapshot }), openCircuits: null }
  const callable = {
    namedId: candidate.namedId ?? modelId,
    region,
    automatic: false,
    isTarget: step === 'target',
  }
  const verdict = model === undefined ? unknownModel(modelId) : firstVerdict({ model, ...callable }, setting)
  return verdict === null ? null : { modelId, ...verdict }
}
