import type { ChatResult, PointsmanError, StreamError } from '@pointsman/contract'

import type { AnswerAbout } from '../dialect.ts'
import { writeUsage } from './usage.ts'

/** The seeds' envelopes carry the name of what was done; this endpoint does one thing. */
const action = 'chat'

/** What was answered, whole. */
export interface Answered extends Pick<ChatResult, 'finish' | 'usage' | 'serviceTier'> {
  readonly text: string
}

const nanoInOne = 1_000_000_000

/** `{success, action, data, notification?}` (seed 001), with the fields of contract section 4. */
export function answerEnvelope(answered: Answered, about: AnswerAbout) {
  const { finish, text, usage } = answered
  const { conversation, model, modelName, reason } = about
  const cost = about.costNanoUsd(answered)
  const notification = conversation?.notification ?? null
  return {
    success: true,
    action,
    data: {
      conversationId: conversation?.id ?? null,
      message: text,
      model,
      modelName,
      reason,
      useCase: conversation?.useCase ?? null,
      use_case: conversation?.useCase ?? null,
      finishReason: finish.reason,
      usage: writeUsage(usage),
      cost: cost === null ? null : cost / nanoInOne,
      responseTimeMs: about.elapsedMsNow(),
      requestId: about.answerId,
      switched: conversation?.switched ?? false,
      switchId: conversation?.switchId ?? null,
      ...(notification === null ? {} : { notification }),
    },
    ...(notification === null ? {} : { notification }),
  }
}

/** What is known when the answer begins: who serves, and what the user of an app is to be told. */
export function openingOf(about: AnswerAbout) {
  const { conversation, model, modelName, reason } = about
  const notification = conversation?.notification ?? null
  return {
    type: 'start',
    conversationId: conversation?.id ?? null,
    model,
    modelName,
    reason,
    switched: conversation?.switched ?? false,
    ...(notification === null ? {} : { notification }),
  }
}

/** The seeds' failure. `field`, `suggestions` and `data` where there are any. */
export function failureEnvelope({ code, message, details }: PointsmanError) {
  const { data, field, suggestions } = details
  return {
    success: false,
    action,
    error: {
      code,
      message,
      ...(field === undefined ? {} : { field }),
      ...(suggestions === undefined || suggestions.length === 0 ? {} : { suggestions }),
      ...(data === undefined ? {} : { data }),
    },
  }
}

/** A failure that came inside a vendor's stream, under the vendor's name for it. */
export const vendorFailure = ({ message, name }: StreamError) => ({
  success: false,
  action,
  error: { code: name, message },
})
