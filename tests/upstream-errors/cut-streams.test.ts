import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { reportFigure } from '../faults/figures.ts'
import { faces, type Face } from './faces.ts'
import { spareModel, spareText, type VendorAnswer } from './faulty-upstream.ts'
import { readers, type ReadStream } from './read-streams.ts'
import { judging, startErrorRig, told, type ErrorRig } from './rig.ts'
import { aloneRoute, backedRoute, vendorNames, vendors, type VendorName } from '../vendor-routes.ts'
import { streamFor, type StreamedError, type VendorStream } from './vendor-streams.ts'

/*
 * Streams that break, through the whole gateway, on every face before every vendor: nothing cut looks complete, nothing of
 * another model follows the first content, and the client is told in the face's own form.
 */
let rig: ErrorRig
beforeAll(async () => {
  rig = await startErrorRig()
})
afterEach(() => expect(rig.gateway.failures.splice(0)).toEqual([]))
afterAll(() => rig.close())

interface Cut {
  readonly name: string
  /** Whole frames that were sent. */
  readonly frames: number
  readonly body: readonly Uint8Array[]
  readonly tidy: boolean
}

/** After every frame, torn or ended tidily, and inside every frame. */
const cutsOf = ({ frames }: VendorStream): readonly Cut[] =>
  frames.flatMap((frame, index): readonly Cut[] => {
    const body = frames.slice(0, index)
    const within = [1, Math.floor(frame.length / 2), frame.length - 1].map((length) => ({
      name: `cut at byte ${length} of frame ${index}`,
      frames: index,
      body: [...body, frame.subarray(0, length)],
      tidy: false,
    }))
    return [
      { name: `cut after ${index} frames`, frames: index, body, tidy: false },
      { name: `ended tidily after ${index} frames`, frames: index, body, tidy: true },
      ...within,
    ]
  })

const answer = (stream: VendorStream, body: readonly Uint8Array[], tidy: boolean): VendorAnswer => ({
  status: 200,
  headers: { 'content-type': stream.contentType },
  body,
  ...(tidy ? {} : { breaks: true }),
})

function readerOf(face: Face): (bytes: Uint8Array) => ReadStream {
  const reader = readers[face.name]
  if (reader === undefined) throw new Error(`nobody reads ${face.name}`)
  return reader
}

async function judgeCut(face: Face, vendor: VendorName, stream: VendorStream, cut: Cut): Promise<void> {
  rig.upstream.answerWith(answer(stream, cut.body, cut.tidy))
  const response = await rig.ask(face, backedRoute(vendor), true)
  const read = readerOf(face)(new Uint8Array(await response.arrayBuffer()))
  const record = rig.lastRecord()
  expect(response.status).toBe(200)
  expect(read.starts ?? 1).toBe(1)
  if (cut.frames <= stream.opening) {
    expect(read).toMatchObject({ text: spareText, complete: true, errors: [] })
    expect(record).toMatchObject({ outcome: 'ok', modelId: spareModel })
    expect(record.attempts.map(({ error }) => error?.code ?? null)).toEqual(['upstream_broken', null])
    return
  }
  expect(read.text).toBe(stream.textAfter(cut.frames))
  expect(record).toMatchObject({ modelId: vendors[vendor], status: 200 })
  expect(record.attempts).toHaveLength(1)
  if (cut.frames >= stream.finished) {
    expect(read).toMatchObject({ complete: true, errors: [] })
    expect(record.outcome).toBe('ok')
    return
  }
  expect(read.complete).toBe(false)
  expect(read.errors).toEqual([expect.stringMatching(/broke off/)])
  expect(record).toMatchObject({
    outcome: 'partial',
    usageEstimated: true,
    error: { code: 'upstream_broken' },
  })
}

/** Before the first content: as any error of the vendor's. */
async function judgeEarly(
  face: Face,
  vendor: VendorName,
  stream: VendorStream,
  error: StreamedError,
): Promise<void> {
  const body = [...stream.frames.slice(0, stream.opening), error.frameAt(stream.opening)]
  rig.upstream.answerWith(answer(stream, body, true))
  const { status, code } = error
  const alone = await told(await rig.ask(face, aloneRoute(vendor), true))
  const record = rig.lastRecord()
  expect([alone.status, record.error?.code], JSON.stringify(alone.body)).toEqual([status, code])
  const vendorName = record.attempts[0]?.error?.vendorName ?? null
  expect(face.formOf(alone, { status, code, vendorName })).not.toMatch(/sk-proj/)
  const backed = await rig.ask(face, backedRoute(vendor), true)
  const bytes = new Uint8Array(await backed.arrayBuffer())
  if (error.next === 'stop') expect(backed.status).toBe(status)
  else expect(readerOf(face)(bytes)).toMatchObject({ text: spareText, complete: true, errors: [] })
}

/** Within the answer: told in the stream, which never looks complete. */
async function judgeLate(
  face: Face,
  vendor: VendorName,
  stream: VendorStream,
  error: StreamedError,
): Promise<void> {
  const whole = stream.finished - 2
  rig.upstream.answerWith(answer(stream, [...stream.frames.slice(0, whole), error.frameAt(whole)], true))
  const response = await rig.ask(face, backedRoute(vendor), true)
  const read = readerOf(face)(new Uint8Array(await response.arrayBuffer()))
  expect(response.status).toBe(200)
  expect(read).toMatchObject({ text: stream.textAfter(whole), complete: false })
  expect(read.starts ?? 1).toBe(1)
  expect(read.errors).toHaveLength(1)
  expect(read.errors[0]).not.toMatch(/sk-proj/)
  expect(rig.lastRecord()).toMatchObject({ outcome: 'partial', error: { code: error.code } })
}

let judged = 0
afterAll(() =>
  reportFigure(
    'T12',
    `${judged} streams cut or failed, of ${vendorNames.length} vendors on ${faces.length} faces`,
  ),
)

describe.each(faces.map((face) => [face.name, face] as const))('T12: %s', (_name, face) => {
  test.each(vendorNames)('before %s: a stream that is cut anywhere', async (vendor) => {
    const stream = streamFor(vendor, face.name)
    const differences: string[] = []
    for (const cut of cutsOf(stream)) {
      await judging(differences, cut.name, () => judgeCut(face, vendor, stream, cut))
      judged += 1
    }
    expect(differences).toEqual([])
  })

  test.each(vendorNames)('before %s: an error inside the stream', async (vendor) => {
    const stream = streamFor(vendor, face.name)
    const differences: string[] = []
    for (const error of stream.errors) {
      await judging(differences, `early, ${error.name}`, () => judgeEarly(face, vendor, stream, error))
      await judging(differences, `late, ${error.name}`, () => judgeLate(face, vendor, stream, error))
      judged += 2
    }
    expect(differences).toEqual([])
  })
})
