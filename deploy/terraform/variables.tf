variable "region" {
  type        = string
  default     = "eu-central-1"
  description = "Where the function runs and from where models are called."
}

variable "function_name" {
  type    = string
  default = "medzen-bedrock-ai-chat"
}

variable "role_name" {
  type    = string
  default = "medzen-bedrock-lambda"
}

variable "policy_name" {
  type    = string
  default = "bedrock-models-access"
}

variable "snapshot_public_key" {
  type        = string
  description = "pointsman snapshot save --public-key"
}

variable "snapshot" {
  type        = string
  default     = null
  description = "server, s3://bucket/object, or a file of the package; by itself the server where one is named, else snapshot.json."
}

variable "server_url" {
  type        = string
  default     = null
  description = "Of the Pointsman that makes the snapshot and takes the records."
}

variable "server_key" {
  type        = string
  default     = null
  sensitive   = true
  description = "A key of that server with the scopes read and admin: by the first the snapshot is read, by the second records are told."
}

variable "service_key" {
  type        = string
  sensitive   = true
  description = "By which callers of the function are known, beside signed-in users' tokens."
}

variable "jwt_secret" {
  type        = string
  default     = null
  sensitive   = true
  description = "Of signed-in users' tokens."
}

variable "memory_mb" {
  type    = number
  default = 512
}

variable "timeout_seconds" {
  type    = number
  default = 300
}

variable "log_retention_days" {
  type    = number
  default = 30
}

variable "agent_table" {
  type        = string
  default     = null
  description = "The DynamoDB table of the agents, such as AgentRegistry-prod: a state machine that asks their models is made."
}

variable "state_machine_name" {
  type    = string
  default = "agent-chat"
}
