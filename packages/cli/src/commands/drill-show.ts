import type { DrillCounts, DrillDetail } from '@pointsman/sdk'
import { exitCodes, type Command } from '../command.ts'
import { aimText, faultText } from '../drill-words.ts'
import { count, dollars, instant, milliseconds } from '../format.ts'

export const drillShow: Command = {
  name: 'drill show',
  summary: 'One drill, and what it did to requests.',
  details: '"pointsman usage records --drill ID" lists the requests.',
  positionals: ['DRILL_ID'],
  options: {},
  examples: ['pointsman drill show 0b6ff6a4-6a55-4f2c-9ad1-6f4e0d3c9a10'],
  async run({ argument, client, output }) {
    const drill = await client.drills.show(argument('DRILL_ID'))
    if (output.json) output.value(drill)
    else output.fields(fieldsOf(drill))
    return exitCodes.done
  },
}

const fieldsOf = (drill: DrillDetail): readonly (readonly [string, string])[] => [
  ['Id', drill.id],
  ['Route', drill.route],
  ['Fault', faultText(drill)],
  ['Hits', `${aimText(drill)}, ${drill.percent} % of requests`],
  ['Reason', drill.reason],
  ['Started', `${instant(drill.startedAt)} UTC by ${drill.startedBy.kind} ${drill.startedBy.id}`],
  ['State', stateOf(drill)],
  ...(drill.stopAbovePercent === null
    ? []
    : [['Ends early', `above ${drill.stopAbovePercent} % failed answers`] as const]),
  ['Calls', `${count(drill.record.calls)}, ${count(drill.record.hits)} of them hit`],
  ['Drawn', countsText(drill.record.drawn)],
  ...drill.record.seen.map(
    ({ modelId, outcome, requests, status }) =>
      [
        'Callers saw',
        `${status ?? 'no answer'} ${outcome}, ${modelId ?? 'no model'}: ${count(requests)}`,
      ] as const,
  ),
  ['Others', countsText(drill.record.others)],
]

function stateOf({ endedAt, endedBy, endReason, endsAt, state }: DrillDetail): string {
  if (endedAt === null) return `${state}, until ${instant(endsAt)} UTC`
  const by = endedBy === null || endedBy.kind === 'rule' ? '' : ` by ${endedBy.kind} ${endedBy.id}`
  return `${state} ${instant(endedAt)} UTC${by}${endReason === null ? '' : `: ${endReason}`}`
}

function countsText(counts: DrillCounts): string {
  const outcomes = [
    [counts.ok, counts.fallbacks > 0 ? `answered (${count(counts.fallbacks)} by a fallback)` : 'answered'],
    [counts.partial, 'broken off'],
    [counts.failed, 'failed'],
    [counts.refused, 'refused'],
    [counts.clientClosed, 'left by the caller'],
    [counts.unknown, 'unknown'],
  ] as const
  const told = outcomes.filter(([number]) => number > 0).map(([number, word]) => `${count(number)} ${word}`)
  const times = `median ${milliseconds(counts.p50Ms)}, longest ${milliseconds(counts.longestMs)}`
  if (counts.requests === 0) return 'no requests'
  const requests = `${count(counts.requests)} request${counts.requests === 1 ? '' : 's'}`
  return `${requests}: ${told.join(', ')}; ${times}; ${dollars(counts.costUsd)}`
}
