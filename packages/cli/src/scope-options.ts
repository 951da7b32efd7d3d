import type { ScopeNames, SwitchOutcome } from '@pointsman/sdk'
import type { Asked, OptionShape } from './command.ts'

/** How a command names what is to be moved; the narrowest one counts. */
export const scopeOptions = {
  'use-case': { type: 'string', value: 'NAME', summary: 'clinical, health, …' },
  agent: { type: 'string', value: 'NAME', summary: 'an agent' },
  role: { type: 'string', value: 'NAME', summary: 'a role; it names a use case' },
  user: { type: 'string', value: 'ID', summary: 'one user' },
  conversation: { type: 'string', value: 'ID', summary: 'one conversation' },
} as const satisfies { readonly [name: string]: OptionShape }

export const readScope = (asked: Asked): ScopeNames => ({
  useCase: asked.text('use-case'),
  agent: asked.text('agent'),
  role: asked.text('role'),
  userId: asked.text('user'),
  conversationId: asked.text('conversation'),
})

/** `use-case/clinical`, `default`, `conversation/conv-123`: as the server writes it in lists. */
export function scopeText(scope: SwitchOutcome['scope']): string {
  switch (scope.kind) {
    case 'global':
      return 'default'
    case 'agent':
    case 'use-case':
      return `${scope.kind}/${scope.name}`
    case 'conversation':
    case 'user':
      return `${scope.kind}/${scope.id}`
  }
}
