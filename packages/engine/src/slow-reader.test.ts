import { afterEach, beforeEach, expect, test } from 'vitest'
import { answerFrames } from './testing/event-stream.ts'
import { createManualClock } from './testing/manual-clock.ts'
import { Rig, readEvents } from './testing/rig.ts'

const clock = createManualClock()
let rig: Rig
beforeEach(async () => {
  rig = new Rig({ clock })
  await rig.upstream.start()
})
afterEach(() => rig.close())

test('holds the upstream back; nothing piles up and nothing is lost', async () => {
  const piece = 'z'.repeat(32 * 1024)
  const frames = answerFrames(Array<string>(600).fill(piece))
  let sent = 0
  rig.upstream.on('first', async (answer) => {
    answer.writeHead(200)
    for (const frame of frames) {
      sent += frame.byteLength
      if (!answer.write(frame)) await new Promise((resolve) => answer.once('drain', resolve))
    }
    answer.end()
  })
  for (const face of ['openai', 'bedrock'] as const) {
    sent = 0
    const { client, record } = rig.carryOut({ face, stream: true, timeouts: { idleMs: 400 } })
    client.room = 64 * 1024
    await client.reached(client.room)
    let before = 0
    const hasStopped = (): boolean => {
      const stands = sent === before
      before = sent
      return stands
    }
    await expect.poll(hasStopped, { interval: 200 }).toBe(true)
    // Longer than the idle limit: the upstream is not to blame.
    await clock.pass(800)
    expect(client.size).toBeLessThan(1024 * 1024)
    expect(sent).toBeLessThan(frames.reduce((sum, { byteLength }) => sum + byteLength, 0) / 2)
    const reading = setInterval(() => client.read(), 1)
    try {
      expect((await record).outcome).toBe('ok')
    } finally {
      clearInterval(reading)
    }
    expect(client.largestUnread).toBeLessThan(1024 * 1024)
    if (face === 'openai') expect(readEvents(client.text).text.length).toBe(600 * piece.length)
  }
})
