# A state machine that asks the models of agents: docs/deploy/step-functions.md. Made where `agent_table` names their table.

locals {
  state_machines = var.agent_table == null ? 0 : 1
}

# The package once more, for whoever IAM lets invoke it. It has no URL: no key is asked for.
resource "aws_lambda_function" "invoked" {
  count            = local.state_machines
  function_name    = "${var.function_name}-invoked"
  role             = aws_iam_role.function.arn
  runtime          = "nodejs24.x"
  architectures    = ["arm64"]
  handler          = "index.invoked"
  filename         = data.archive_file.package.output_path
  source_code_hash = data.archive_file.package.output_base64sha256
  memory_size      = var.memory_mb
  timeout          = var.timeout_seconds

  environment {
    variables = local.environment
  }

  depends_on = [aws_cloudwatch_log_group.invoked, aws_iam_role_policy.snapshot, aws_iam_role_policy_attachment.logs]
}

resource "aws_cloudwatch_log_group" "invoked" {
  count             = local.state_machines
  name              = "/aws/lambda/${var.function_name}-invoked"
  retention_in_days = var.log_retention_days
}

data "aws_iam_policy_document" "state_machine_assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_iam_role" "state_machine" {
  count              = local.state_machines
  name               = var.state_machine_name
  assume_role_policy = data.aws_iam_policy_document.state_machine_assume.json
}

data "aws_iam_policy_document" "state_machine" {
  count = local.state_machines
  statement {
    actions   = ["dynamodb:GetItem"]
    resources = ["arn:aws:dynamodb:${var.region}:${data.aws_caller_identity.current.account_id}:table/${var.agent_table}"]
  }
  statement {
    actions   = ["lambda:InvokeFunction"]
    resources = [aws_lambda_function.invoked[0].arn, "${aws_lambda_function.invoked[0].arn}:*"]
  }
}

resource "aws_iam_role_policy" "state_machine" {
  count  = local.state_machines
  name   = "agent-chat"
  role   = aws_iam_role.state_machine[0].id
  policy = data.aws_iam_policy_document.state_machine[0].json
}

resource "aws_sfn_state_machine" "agent_chat" {
  count    = local.state_machines
  name     = var.state_machine_name
  role_arn = aws_iam_role.state_machine[0].arn
  definition = templatefile("${path.module}/../../aws-deployment/step-functions/agent-chat.asl.json", {
    AgentTable   = var.agent_table
    FunctionName = aws_lambda_function.invoked[0].arn
  })

  depends_on = [aws_iam_role_policy.state_machine]
}

output "state_machine_arn" {
  value       = one(aws_sfn_state_machine.agent_chat[*].arn)
  description = "Of the state machine; null where none is made."
}
