/** A line of the documents that the project was asked for in, as it stands there, and what holds of its answer. */
export interface CurlLine {
  readonly name: string
  readonly line: string
  readonly answers: object
}

const orchestrate = (
  body: string,
  key = 'SUPABASE_KEY',
): string => `curl -X POST "$SUPABASE_URL/functions/v1/orchestrate-bedrock-models" \\
  -H "Authorization: Bearer $${key}" \\
  -H "Content-Type: application/json" \\
  -d '${body}'`
const manage = (body: string): string => `curl -X POST "$SUPABASE_URL/functions/v1/manage-bedrock-models" \\
  -H "Authorization: Bearer $SUPABASE_KEY" \\
  -H "Content-Type: application/json" \\
  -d '${body}'`

const claude35 = 'anthropic.claude-3-5-sonnet-20241022-v2:0'
const novaLite = 'eu.amazon.nova-lite-v1:0'

export const curlLines: readonly CurlLine[] = [
  {
    name: 'list all models',
    line: orchestrate('{"action":"list-all"}'),
    answers: { success: true, action: 'list-all' },
  },
  {
    name: 'list models for a use case',
    line: orchestrate(`{
    "action": "get-for-use-case",
    "useCase": "clinical"
  }`),
    answers: { success: true, action: 'get-for-use-case' },
  },
  {
    name: 'switch',
    line: orchestrate(
      `{
    "action": "switch",
    "modelId": "eu.amazon.nova-lite-v1:0",
    "reason": "Cost optimization"
  }`,
      'SUPABASE_SERVICE_KEY',
    ),
    answers: {
      success: true,
      data: { switched: true, from: 'Amazon Nova Pro', to: 'Amazon Nova Lite', pending: [] },
      notification: { title: 'Switching AI Model', modelId: novaLite },
    },
  },
  {
    name: 'switch a conversation',
    line: orchestrate(`{
    "action": "switch",
    "modelId": "eu.amazon.nova-lite-v1:0",
    "conversationId": "conv-123",
    "userId": "user-456",
    "reason": "Cost optimization",
    "showNotification": true
  }`),
    answers: { success: true, data: { to: 'Amazon Nova Lite' } },
  },
  {
    name: 'auto-switch',
    line: orchestrate(
      `{
    "action": "auto-switch",
    "useCase": "clinical"
  }`,
      'SUPABASE_SERVICE_KEY',
    ),
    answers: { success: true, action: 'auto-switch' },
  },
  {
    name: 'auto-switch with a notification',
    line: orchestrate(`{
    "action": "auto-switch",
    "useCase": "clinical",
    "conversationId": "conv-123",
    "userId": "user-456",
    "showNotification": true
  }`),
    answers: { success: true, action: 'auto-switch' },
  },
  {
    name: 'validate',
    line: orchestrate(`{
    "action": "validate",
    "modelId": "eu.amazon.nova-pro-v1:0"
  }`),
    answers: { data: { valid: true, exists: true, available: true } },
  },
  {
    name: 'clear the cache',
    line: orchestrate('{"action":"clear-cache"}'),
    answers: { success: true, data: { cleared: true } },
  },
  {
    name: 'list, as they are managed',
    line: manage('{"action": "list"}'),
    answers: { success: true, action: 'list' },
  },
  {
    name: 'set the default',
    line: manage(`{
    "action": "set-default",
    "model_id": "anthropic.claude-3-5-sonnet-20241022-v2:0"
  }`),
    answers: { data: { model_id: claude35, is_default: true } },
  },
  {
    name: 'enable',
    line: manage('{"action": "enable", "model_id": "eu.amazon.nova-lite-v1:0"}'),
    answers: { data: { model_id: novaLite, is_available: true } },
  },
  {
    name: 'validate that one exists',
    line: manage('{"action": "validate", "model_id": "anthropic.claude-3-5-sonnet-20241022-v2:0"}'),
    answers: { data: { valid: true, exists: true } },
  },
]
