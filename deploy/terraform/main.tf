# Pointsman's data plane as a Lambda function, with the role that it runs under: docs/deploy/lambda.md.

terraform {
  required_version = ">= 1.6"
  required_providers {
    # The first version that knows invoked_via_function_url.
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.29"
    }
  }
}

provider "aws" {
  region = var.region
}

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  name               = var.role_name
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

# What `pointsman iam policy` writes: profiles, their models in every destination region, nothing wider.
resource "aws_iam_role_policy" "bedrock" {
  name   = var.policy_name
  role   = aws_iam_role.function.id
  policy = replace(file("${path.module}/../../aws-deployment/iam-policies/bedrock-models-access.json"), ":*:inference-profile/", ":${data.aws_caller_identity.current.account_id}:inference-profile/")
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.function.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

locals {
  snapshot_objects = can(regex("^s3://", var.snapshot)) ? 1 : 0
}

data "aws_iam_policy_document" "snapshot" {
  count = local.snapshot_objects
  statement {
    actions   = ["s3:GetObject"]
    resources = [replace(var.snapshot, "s3://", "arn:aws:s3:::")]
  }
}

resource "aws_iam_role_policy" "snapshot" {
  count  = local.snapshot_objects
  name   = "pointsman-snapshot"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.snapshot[0].json
}

# Records that could not be told stand here: keep them for as long as they may be taken in.
resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.function_name}"
  retention_in_days = var.log_retention_days
}

data "archive_file" "package" {
  type        = "zip"
  source_dir  = "${path.module}/../../aws-lambda/bedrock-ai-chat"
  output_path = "${path.module}/function.zip"
  excludes    = ["build.sh", "function.zip"]
}

locals {
  # Of every function of the package.
  environment = merge(
    {
      BEDROCK_REGION                = var.region
      POINTSMAN_SNAPSHOT_PUBLIC_KEY = var.snapshot_public_key
      # Below the function's own limit, so that an answer ends in words and leaves its record.
      POINTSMAN_TIMEOUT_TOTAL_MS = tostring((var.timeout_seconds - 5) * 1000)
    },
    var.server_url == null ? {} : {
      POINTSMAN_URL        = var.server_url
      POINTSMAN_SERVER_KEY = var.server_key
    },
    var.snapshot == null ? {} : { POINTSMAN_SNAPSHOT = var.snapshot },
  )
}

resource "aws_lambda_function" "chat" {
  function_name    = var.function_name
  role             = aws_iam_role.function.arn
  runtime          = "nodejs24.x"
  architectures    = ["arm64"]
  handler          = "index.handler"
  filename         = data.archive_file.package.output_path
  source_code_hash = data.archive_file.package.output_base64sha256
  memory_size      = var.memory_mb
  timeout          = var.timeout_seconds

  environment {
    variables = merge(
      local.environment,
      { POINTSMAN_SERVICE_KEY = var.service_key },
      var.jwt_secret == null ? {} : { SUPABASE_JWT_SECRET = var.jwt_secret },
    )
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.snapshot, aws_iam_role_policy_attachment.logs]
}

# Pointsman checks its callers' keys itself, so that their clients need no signature.
resource "aws_lambda_function_url" "chat" {
  function_name      = aws_lambda_function.chat.function_name
  authorization_type = "NONE"
  invoke_mode        = "RESPONSE_STREAM"
}

# A function URL that asks for no signature is called by anybody, which both rights have to say; invoking the function past its
# URL is nobody's but the account's.
resource "aws_lambda_permission" "url" {
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = aws_lambda_function.chat.function_name
  principal              = "*"
  function_url_auth_type = "NONE"
}

resource "aws_lambda_permission" "through_url" {
  action                   = "lambda:InvokeFunction"
  function_name            = aws_lambda_function.chat.function_name
  principal                = "*"
  invoked_via_function_url = true
}

output "url" {
  value       = aws_lambda_function_url.chat.function_url
  description = "The base URL of clients."
}
