import { SupplyChainOrchestrator, type Persona } from './orchestrator.ts'

/** `node examples/orchestrator/main.ts`: three questions of one session. */
const orchestrator = new SupplyChainOrchestrator()
const asked: readonly { readonly query: string; readonly persona: Persona }[] = [
  { query: 'Show me inventory levels', persona: 'warehouse_manager' },
  { query: 'And what should we reorder?', persona: 'warehouse_manager' },
  { query: 'Which supplier has the longest lead time?', persona: 'procurement_specialist' },
]
try {
  for (const { persona, query } of asked) {
    const { agentName, response } = await orchestrator.processQuery({
      query,
      persona,
      sessionId: 'session-123',
    })
    console.log(`${persona}: ${query}\n${agentName}: ${response}\n`)
  }
  const { totalCostUsd, totalInvocations } = orchestrator.modelManager.getUsageSummary()
  console.log(`Total invocations: ${totalInvocations}`)
  console.log(`Total cost: $${totalCostUsd.toFixed(4)}`)
} finally {
  await orchestrator.modelManager.close()
}
