import { afterAll, beforeAll, expect, test } from 'vitest'
import { startChaosProxy, type ChaosProxy } from '@pointsman/simulator'
import { anthropic } from '../../clients/anthropic.ts'
import { google } from '../../clients/google.ts'
import { openaiChat } from '../../clients/openai-chat.ts'
import { openaiResponses } from '../../clients/openai-responses.ts'
import { aiAnthropic, aiGoogle, aiOpenaiChat } from '../../clients/vercel-ai.ts'
import { api } from '../../server.ts'
import { reportFigure } from '../figures.ts'
import { short } from '../form.ts'
import { startStreamRig, type StreamRig } from './rig.ts'

const model = 'eu.amazon.nova-lite-v1:0'
const text = 'After long thought: yes.'
const thinksMs = short(6_000, 120_000)
const boxIdleMs = short(2_500, 60_000)
const lookEveryMs = 50
const heartbeatMs = short(1_000, 15_000)

let rig: StreamRig
let box: ChaosProxy
let watch: NodeJS.Timeout
beforeAll(async () => {
  rig = await startStreamRig({ environment: { POINTSMAN_TIMEOUT_FIRST_BYTE_MS: '300000' } })
  rig.vendor.simulator.script({ effect: { delayMs: thinksMs, answer: { text, pieces: 4 } } })
  const order = { candidates: [{ modelId: model, weight: 1 }], target: model }
  for (const [name, rules] of [
    ['bridged', { ...order, heartbeatMs }],
    ['silent', { ...order, heartbeatMs: 0 }],
  ] as const) {
    const { status } = await api(rig.server, `/api/v1/agents/${name}`, { method: 'PUT', body: rules })
    expect(status).toBe(201)
  }
  box = await startChaosProxy({ target: { port: Number(new URL(rig.server.url).port) } })
  watch = cutIdle(box)
}, 180_000)
afterAll(async () => {
  clearInterval(watch)
  await box.close()
  await rig.close()
})

/** As load balancers do: when nothing comes for a while, the connections are ended. */
function cutIdle(proxy: ChaosProxy): NodeJS.Timeout {
  let seen = 0
  let quietLooks = 0
  return setInterval(() => {
    const bytes = proxy.connections().reduce((sum, { downBytes, upBytes }) => sum + downBytes + upBytes, 0)
    quietLooks = bytes === seen ? quietLooks + 1 : 0
    seen = bytes
    // Counted: after a pause of this process all would have been silent for too long.
    if (quietLooks * lookEveryMs > boxIdleMs) proxy.endAll('reset')
  }, lookEveryMs)
}

const clients = [openaiChat, openaiResponses, anthropic, google, aiOpenaiChat, aiAnthropic, aiGoogle]

test(
  'T19: a first token after a long silence comes through a middle box, to official SDKs',
  { timeout: 600_000 },
  async () => {
    const place = { url: `http://${box.address}`, key: rig.server.key }
    const silent = openaiChat(place).stream({ model: 'silent', text: 'Well?' })
    await expect(silent).rejects.toThrow()
    const said = await Promise.all(
      clients.map(async (client) => client(place).stream({ model: 'bridged', text: 'Well?' })),
    )
    expect(said.map((answer) => answer.text)).toEqual(clients.map(() => text))
    reportFigure(
      'T19',
      `first token after ${thinksMs / 1_000} s behind a middle box that cuts after ${boxIdleMs / 1_000} s of silence: ${clients.length} official SDKs read it unchanged`,
    )
  },
)
