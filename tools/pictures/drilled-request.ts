import { createClient } from '@pointsman/sdk'
import type { RunningServer } from '../../tests/server.ts'

/** A request whose first model was throttled, for the page that explains one. Answers its id. */
export async function askThroughDrill(server: RunningServer): Promise<string> {
  const client = createClient({ url: server.url, key: server.key })
  const drill = await client.drills.start({
    ...{ route: 'use-case/clinical', fault: '429', durationSeconds: 60 },
    reason: 'Rehearsal of the fallback',
  })
  const content = 'Which of these medicines may be given together?'
  const answer = await client.chat({
    ...{ model: 'use-case/clinical', conversationId: 'ward-7', userId: 'staff-1012' },
    messages: [{ role: 'user', content }],
  })
  await client.drills.stop(drill.id)
  if (answer.served.requestId === null) throw new Error('the answer tells no request id')
  return answer.served.requestId
}
