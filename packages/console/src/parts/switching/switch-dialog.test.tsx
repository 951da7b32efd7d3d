// @vitest-environment happy-dom
import { QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, screen, waitFor } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { createClient } from '@pointsman/sdk'
import type { KeyScope } from '@pointsman/contract'
import { afterEach, expect, test, vi } from 'vitest'
import { instant } from '../../format/instants.ts'
import { createQueryClient } from '../../live/query-client.ts'
import { SessionContext } from '../../session/session-context.tsx'
import { nobodyBehind } from '../../testing/nobody-behind.ts'
import { SwitchDialog } from './switch-dialog.tsx'
import '../../testing/patience.ts'

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

const outcome = {
  ...{
    switched: true,
    dryRun: false,
    unchanged: false,
    switchId: 'sw-1',
    from: 'One',
    to: 'Two',
    fromId: 'one',
    toId: 'two',
  },
  ...{
    scope: { kind: 'use-case', name: 'clinical' },
    revision: 8,
    costImpactEstimated: -1.5,
    costExplanation: 'dearer',
  },
  ...{ masks: [], warnings: ['past its end of life'], ...nobodyBehind, ranking: null },
  notification: {
    title: 'Switching AI Model',
    message: '<img src=x onerror=alert(1)>',
    type: 'manual',
    modelName: 'Two',
    modelId: 'two',
  },
}

interface Asked {
  readonly line: string
  readonly body: unknown
  readonly ifMatch: string | null
}

/** The server at its port: `fetch`. */
function serverOf(answers: { readonly [line: string]: (body: unknown) => Response }) {
  const asked: Asked[] = []
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname, search } = new URL(url)
    const line = `${init.method ?? 'GET'} ${pathname}${search.startsWith('?dryRun') ? search : ''}`
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : null
    asked.push({ line, body, ifMatch: new Headers(init.headers).get('if-match') })
    return answers[line]?.(body) ?? Response.json({ data: [], nextCursor: null })
  }
  return { asked, fetch }
}

const model = {
  id: 'two',
  name: 'Two',
  provider: 'amazon',
  servedBy: 'bedrock',
  isAvailable: true,
  lifecycle: 'active',
  inputCostPerMTok: 1,
  outputCostPerMTok: 2,
}
const usual = {
  'GET /api/v1/models': () => Response.json({ data: [model], nextCursor: null }),
  'POST /functions/v1/orchestrate-bedrock-models': () =>
    Response.json({ success: true, data: { models: [] } }),
  'POST /api/v1/switches?dryRun=true': () =>
    Response.json({ ...outcome, switched: false, dryRun: true }, { headers: { etag: '"7"' } }),
  'POST /api/v1/switches': () => Response.json(outcome, { headers: { etag: '"8"' } }),
  'GET /api/v1/revisions/8': () =>
    Response.json({ number: 8, ...nobodyBehind, replicas: [{ id: 'replica-1', lagMs: 12, problem: null }] }),
}

function show(
  answers: Parameters<typeof serverOf>[0],
  scopes: readonly KeyScope[] = ['read', 'switch'],
  onClose = (): void => undefined,
) {
  const server = serverOf(answers)
  const client = createClient({ url: 'http://server.test', key: 'k', fetch: server.fetch })
  const session = {
    kind: 'key',
    id: 'k',
    name: 'k',
    scopes,
    workspace: 'default',
    environment: 'dev',
    region: 'r',
    expiresAt: '',
  } as const
  render(
    <QueryClientProvider client={createQueryClient(() => undefined)}>
      <SessionContext value={{ session, client, signOut: () => undefined, renew: () => Promise.resolve() }}>
        <SwitchDialog
          isOpen
          onClose={onClose}
          scope={{ useCase: 'clinical' }}
          label="use-case/clinical"
          suggested="two"
        />
      </SessionContext>
    </QueryClientProvider>,
  )
  return server
}
const button = (): HTMLElement => screen.getByRole('button', { name: 'Switch' })

test('a switch is tried, told and made on what was seen, and its reason typed just before counts', async () => {
  const { asked } = show(usual)
  await screen.findByText('$1.50 more a day')
  expect(screen.getByText('past its end of life')).toBeTruthy()
  // What a model or a person wrote is text.
  expect(screen.getByText('<img src=x onerror=alert(1)>')).toBeTruthy()
  expect(document.querySelector('img')).toBe(null)
  await userEvent.type(screen.getByLabelText('Reason'), 'Because')
  await userEvent.click(button())
  await screen.findByText('Every replica serves revision 8')
  const made = asked.find(({ line }) => line === 'POST /api/v1/switches')
  expect(made?.ifMatch).toBe('"7"')
  expect(made?.body).toMatchObject({ modelId: 'two', useCase: 'clinical', reason: 'Because', applyTo: 'new' })
})

test('who was not heard of is told with since when: every other replica serves the switch', async () => {
  const since = '2026-11-27T10:02:03.000Z'
  const behind = { pending: [], unheard: [{ id: 'replica-2', since }] }
  show({
    ...usual,
    'GET /api/v1/revisions/8': () =>
      Response.json({ number: 8, ...behind, replicas: [{ id: 'replica-1', lagMs: 12, problem: null }] }),
  })
  await screen.findByText('$1.50 more a day')
  await userEvent.click(button())
  await screen.findByText('Every replica that is heard of serves revision 8')
  expect(screen.getByText('replica-2')).toBeTruthy()
  expect(screen.getByText(`not heard of since ${instant(since)}`)).toBeTruthy()
})

test('what the server refuses is told before anything is made', async () => {
  const refused = { error: { code: 'model_not_available', message: 'Model not available: two is disabled.' } }
  const { asked } = show({
    ...usual,
    'POST /api/v1/switches?dryRun=true': () => Response.json(refused, { status: 409 }),
  })
  await screen.findAllByText('Model not available: two is disabled.')
  await userEvent.click(button())
  expect(asked.filter(({ line }) => line === 'POST /api/v1/switches')).toEqual([])
  expect(screen.getByText('This switch would be refused')).toBeTruthy()
})

test('a server that is away refuses nothing', async () => {
  const away = { error: { code: 'registry_unavailable', message: 'The database does not answer.' } }
  show({ ...usual, 'POST /api/v1/switches?dryRun=true': () => Response.json(away, { status: 503 }) })
  await screen.findAllByText('The database does not answer.')
  expect(screen.queryByText('This switch would be refused')).toBe(null)
})

test('somebody else was quicker: nothing is overwritten, and the preview is read anew', async () => {
  const stale = { error: { code: 'stale', message: 'The resource was changed.' } }
  const { asked } = show({ ...usual, 'POST /api/v1/switches': () => Response.json(stale, { status: 412 }) })
  await screen.findByText('$1.50 more a day')
  await userEvent.click(button())
  await screen.findByText(/Somebody changed this in the meantime/)
  await waitFor(() => expect(asked.filter(({ line }) => line.includes('dryRun')).length).toBe(2))
})

test('who may not switch is told which scope it takes, and nothing is asked', async () => {
  const { asked } = show(usual, ['read'])
  await screen.findByText('Your key needs the scope switch for this; it has read.')
  await userEvent.click(button())
  expect(asked.filter(({ line }) => line.includes('/switches'))).toEqual([])
})

test('Escape closes it, also where a model has just been chosen', async () => {
  const onClose = vi.fn()
  // Without a size of its own a list shows none of its rows.
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(600)
  show(usual, ['read', 'switch'], onClose)
  await userEvent.click(await screen.findByRole('option', { name: /Two/ }))
  await userEvent.keyboard('{Escape}')
  expect(onClose).toHaveBeenCalledTimes(1)
})
