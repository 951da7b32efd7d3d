import { expect } from 'vitest'
import { toolResult, weather } from './client.ts'
import type { Ask, Cell, Client, Said } from './client.ts'

/** How a model that does not exist is refused. */
export interface UnknownModel {
  readonly status: number
  readonly says: string
}

/** What a cell must show, so that a client cannot pass with anything but an answer to its own question. */
export async function judge(
  client: Client,
  cell: Cell,
  asked: Ask & { readonly says: string; readonly unknownModel?: UnknownModel },
): Promise<void> {
  switch (cell) {
    case 'tools':
    case 'streamTools': {
      const turn = await client[cell](asked)
      expect(turn.tool).toBe(weather.name)
      expect(turn.arguments).toEqual({ city: expect.any(String) as string })
      expect(turn.text).toContain(asked.says)
      expect(turn.text).toContain(toolResult)
      expectCounted(turn)
      return
    }
    case 'structured': {
      const said = await client.structured(asked)
      expect(JSON.parse(said.text)).toEqual({
        city: expect.any(String) as string,
        inhabitants: expect.any(Number) as number,
      })
      expectCounted(said)
      return
    }
    case 'error': {
      const { status, says } = asked.unknownModel ?? { status: 404, says: 'no-such-model' }
      const thrown = await client.error({ ...asked, model: 'no-such-model' })
      expect(thrown).toMatchObject({ status })
      expect(thrown.message).toContain(says)
      return
    }
    default: {
      const said = await client[cell](asked)
      expect(said.text).toContain(asked.says)
      expect(said.text).toContain(asked.text)
      if (cell === 'image') expect(said.text).toContain('I looked at your image.')
      expectCounted(said)
    }
  }
}

function expectCounted({ finish, outputTokens }: Said): void {
  expect(finish).not.toBeNull()
  expect(outputTokens).toBeGreaterThan(0)
}
