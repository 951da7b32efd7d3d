import {
  anyJson,
  bool,
  bytes,
  enumOf,
  float,
  int32,
  int64,
  listOf,
  mapOf,
  message,
  struct,
  text,
} from './proto-types.ts'
import type { ProtoMessages } from './proto-types.ts'

// size: a declared table: the messages of google.ai.generativelanguage.v1beta that its operations take, as its public
// definition and the official SDK's converters for this API have them (2026-11).

const HARM_CATEGORIES = [
  'HARM_CATEGORY_UNSPECIFIED',
  'HARM_CATEGORY_DEROGATORY',
  'HARM_CATEGORY_TOXICITY',
  'HARM_CATEGORY_VIOLENCE',
  'HARM_CATEGORY_SEXUAL',
  'HARM_CATEGORY_MEDICAL',
  'HARM_CATEGORY_DANGEROUS',
  'HARM_CATEGORY_HARASSMENT',
  'HARM_CATEGORY_HATE_SPEECH',
  'HARM_CATEGORY_SEXUALLY_EXPLICIT',
  'HARM_CATEGORY_DANGEROUS_CONTENT',
  'HARM_CATEGORY_CIVIC_INTEGRITY',
]

const THRESHOLDS = [
  'HARM_BLOCK_THRESHOLD_UNSPECIFIED',
  'BLOCK_LOW_AND_ABOVE',
  'BLOCK_MEDIUM_AND_ABOVE',
  'BLOCK_ONLY_HIGH',
  'BLOCK_NONE',
  'OFF',
]

const RESOLUTIONS = [
  'MEDIA_RESOLUTION_UNSPECIFIED',
  'MEDIA_RESOLUTION_LOW',
  'MEDIA_RESOLUTION_MEDIUM',
  'MEDIA_RESOLUTION_HIGH',
  'MEDIA_RESOLUTION_ULTRA_HIGH',
]

const TASK_TYPES = [
  'TASK_TYPE_UNSPECIFIED',
  'RETRIEVAL_QUERY',
  'RETRIEVAL_DOCUMENT',
  'SEMANTIC_SIMILARITY',
  'CLASSIFICATION',
  'CLUSTERING',
  'QUESTION_ANSWERING',
  'FACT_VERIFICATION',
  'CODE_RETRIEVAL_QUERY',
]

/** The values of `type` in the vendor's own schemas, the first being none. */
const SCHEMA_TYPES = ['TYPE_UNSPECIFIED', 'STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL']

const SAFETY_SETTING = {
  fields: {
    category: enumOf('HarmCategory', HARM_CATEGORIES),
    threshold: enumOf('SafetySetting.HarmBlockThreshold', THRESHOLDS),
  },
}

const CONTENT: ProtoMessages = {
  Content: { fields: { role: text, parts: listOf(message('Part')) } },
  Part: {
    fields: {
      text,
      inline_data: message('Blob'),
      file_data: message('FileData'),
      function_call: message('FunctionCall'),
      function_response: message('FunctionResponse'),
      executable_code: message('ExecutableCode'),
      code_execution_result: message('CodeExecutionResult'),
      tool_call: struct,
      tool_response: struct,
      video_metadata: message('VideoMetadata'),
      thought: bool,
      thought_signature: bytes,
      part_metadata: struct,
      media_processing: struct,
      speech_metadata: struct,
      audio_transcription: struct,
      media_resolution: message('MediaResolution'),
    },
    oneofs: {
      data: [
        'text',
        'inline_data',
        'file_data',
        'function_call',
        'function_response',
        'executable_code',
        'code_execution_result',
        'tool_call',
        'tool_response',
      ],
    },
  },
  Blob: { fields: { mime_type: text, data: bytes, display_name: text } },
  FileData: { fields: { mime_type: text, file_uri: text } },
  FunctionCall: { fields: { id: text, name: text, args: struct } },
  FunctionResponse: {
    fields: {
      id: text,
      name: text,
      response: struct,
      parts: listOf(message('FunctionResponsePart')),
      will_continue: bool,
      scheduling: enumOf('FunctionResponse.Scheduling', [
        'SCHEDULING_UNSPECIFIED',
        'SILENT',
        'WHEN_IDLE',
        'INTERRUPT',
      ]),
    },
  },
  FunctionResponsePart: {
    fields: { inline_data: message('Blob'), file_data: message('FileData') },
    oneofs: { data: ['inline_data', 'file_data'] },
  },
  ExecutableCode: { fields: { id: text, language: text, code: text } },
  CodeExecutionResult: { fields: { id: text, outcome: text, output: text } },
  VideoMetadata: { fields: { start_offset: text, end_offset: text, fps: float } },
  MediaResolution: { fields: { level: enumOf('MediaResolution.Level', RESOLUTIONS), num_tokens: int32 } },
}

const TOOLS: ProtoMessages = {
  Tool: {
    fields: {
      function_declarations: listOf(message('FunctionDeclaration')),
      google_search: struct,
      google_search_retrieval: struct,
      google_maps: struct,
      code_execution: struct,
      url_context: struct,
      computer_use: struct,
      file_search: struct,
      mcp_servers: listOf(struct),
    },
  },
  FunctionDeclaration: {
    fields: {
      name: text,
      description: text,
      parameters: message('Schema'),
      parameters_json_schema: anyJson,
      response: message('Schema'),
      response_json_schema: anyJson,
      behavior: enumOf('FunctionDeclaration.Behavior', ['UNSPECIFIED', 'BLOCKING', 'NON_BLOCKING']),
    },
  },
  Schema: {
    fields: {
      type: enumOf('Type', SCHEMA_TYPES),
      format: text,
      title: text,
      description: text,
      nullable: bool,
      enum: listOf(text),
      max_items: int64,
      min_items: int64,
      properties: mapOf(message('Schema')),
      required: listOf(text),
      min_properties: int64,
      max_properties: int64,
      min_length: int64,
      max_length: int64,
      pattern: text,
      example: anyJson,
      any_of: listOf(message('Schema')),
      property_ordering: listOf(text),
      default: anyJson,
      items: message('Schema'),
      minimum: float,
      maximum: float,
    },
  },
  ToolConfig: {
    fields: {
      function_calling_config: message('FunctionCallingConfig'),
      retrieval_config: struct,
      include_server_side_tool_invocations: bool,
    },
  },
  FunctionCallingConfig: {
    fields: {
      mode: enumOf('FunctionCallingConfig.Mode', ['MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED']),
      allowed_function_names: listOf(text),
    },
  },
}

const GENERATION: ProtoMessages = {
  GenerationConfig: {
    fields: {
      candidate_count: int32,
      stop_sequences: listOf(text),
      max_output_tokens: int32,
      temperature: float,
      top_p: float,
      top_k: int32,
      seed: int32,
      response_mime_type: text,
      response_schema: message('Schema'),
      response_json_schema: anyJson,
      _response_json_schema: anyJson,
      presence_penalty: float,
      frequency_penalty: float,
      response_logprobs: bool,
      logprobs: int32,
      enable_enhanced_civic_answers: bool,
      response_modalities: listOf(
        enumOf('GenerationConfig.Modality', ['MODALITY_UNSPECIFIED', 'TEXT', 'IMAGE', 'AUDIO', 'VIDEO']),
      ),
      speech_config: struct,
      image_config: struct,
      audio_transcription_config: struct,
      thinking_config: message('ThinkingConfig'),
      media_resolution: enumOf('GenerationConfig.MediaResolution', RESOLUTIONS),
    },
  },
  ThinkingConfig: {
    fields: {
      include_thoughts: bool,
      thinking_budget: int32,
      thinking_level: enumOf('ThinkingConfig.ThinkingLevel', [
        'THINKING_LEVEL_UNSPECIFIED',
        'MINIMAL',
        'LOW',
        'MEDIUM',
        'HIGH',
        'XHIGH',
      ]),
    },
  },
}

const GENERATE_FIELDS = {
  model: text,
  system_instruction: message('Content'),
  contents: listOf(message('Content')),
  tools: listOf(message('Tool')),
  tool_config: message('ToolConfig'),
  safety_settings: listOf(message('SafetySetting')),
  generation_config: message('GenerationConfig'),
  cached_content: text,
  service_tier: enumOf('ServiceTier', ['unspecified', 'standard', 'flex', 'priority']),
  store: bool,
  labels: mapOf(text),
  continuation_token: text,
}

const EMBED_FIELDS = {
  model: text,
  content: message('Content'),
  task_type: enumOf('TaskType', TASK_TYPES),
  title: text,
  output_dimensionality: int32,
}

export const messages: ProtoMessages = {
  ...CONTENT,
  ...TOOLS,
  ...GENERATION,
  SafetySetting: SAFETY_SETTING,
  GenerateContentRequest: { fields: GENERATE_FIELDS },
  CountTokensRequest: {
    fields: {
      model: text,
      contents: listOf(message('Content')),
      generate_content_request: message('GenerateContentRequest'),
    },
  },
  EmbedContentRequest: { fields: EMBED_FIELDS },
  BatchEmbedContentsRequest: { fields: { model: text, requests: listOf(message('EmbedContentRequest')) } },
}
