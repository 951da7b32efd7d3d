import { invoke, type Invoking } from './invoke.ts'
import { MemoryClient } from './memory-client.ts'
import type { InvokeRequest, ModelResponse } from './messages.ts'
import { responseOf } from './model-response.ts'
import { onAbort } from './on-abort.ts'

/** One call, answered whole. Rejects with ModelManagerError. */
export async function invokeWhole(request: InvokeRequest, invoking: Invoking): Promise<ModelResponse> {
  const client = new MemoryClient()
  const forget = onAbort(request.signal, () => client.leave())
  try {
    const invoked = await invoke(request, 'chat', client, invoking)
    return responseOf(invoked, () => client.bytes())
  } finally {
    forget()
  }
}
