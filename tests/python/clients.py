"""The official Python clients against a running sandbox: a second language's judges of all faces."""

import json
import os

import anthropic
import openai
from botocore.exceptions import ClientError
from google import genai
from google.genai import types

import matrix
import vendors

URL = os.environ["POINTSMAN_URL"]
KEY = os.environ["POINTSMAN_SERVICE_KEY"]
SONNET, NOVA = "eu.anthropic.claude-sonnet-5-5", "eu.amazon.nova-pro-v1:0"
ROUTE = "use-case/clinical"


def check(what, truth):
    if not truth:
        raise SystemExit(f"failed: {what}")
    print(f"ok: {what}")


def openai_client():
    return openai.OpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0)


PAIR = matrix.post("/api/v1/keys", {"name": "boto3", "scopes": ["invoke"], "aws": True})["aws"]


def bedrock_client(**changed):
    return vendors.bedrock_client(URL, {**PAIR, **changed})


def ask_everyone(name, model):
    chat = openai_client().chat.completions
    messages = [{"role": "user", "content": "How are you today?"}]
    raw = chat.with_raw_response.create(model=ROUTE, messages=messages)
    answer = raw.parse()
    check(f"openai: {name} answers", name in answer.choices[0].message.content and raw.headers["x-pointsman-model"] == model)
    check("openai: usage adds up", answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0)
    chunks = list(chat.create(model=ROUTE, messages=messages, stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    check(f"openai stream: {name} answers and ends", name in text and chunks[-1].usage.completion_tokens > 0)

    client = bedrock_client()
    converse = {"modelId": ROUTE, "messages": [{"role": "user", "content": [{"text": "How are you today?"}]}]}
    answer = client.converse(**converse)
    check(f"boto3: {name} answers", name in answer["output"]["message"]["content"][0]["text"])
    check("boto3: headers tell the model", answer["ResponseMetadata"]["HTTPHeaders"]["x-pointsman-model"] == model)
    events = list(client.converse_stream(**converse)["stream"])
    text = "".join(event["contentBlockDelta"]["delta"].get("text", "") for event in events if "contentBlockDelta" in event)
    check(f"boto3 stream: {name} answers and ends", name in text and any("messageStop" in event for event in events) and "metadata" in events[-1])

    bearer = anthropic.Anthropic(base_url=URL, auth_token=KEY, max_retries=0)
    raw = bearer.messages.with_raw_response.create(model=ROUTE, max_tokens=500, messages=messages)
    check(f"anthropic, bearer token: {name} answers", name in raw.parse().content[0].text and raw.headers["x-pointsman-model"] == model)
    client = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=URL))
    answer = client.models.generate_content(model=ROUTE, contents="How are you today?")
    check(f"google-genai: {name} answers", name in answer.text and answer.model_version == model)


def tools():
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    messages = [{"role": "user", "content": "Call get_weather for Vienna"}]
    offered = [{"type": "function", "function": {"name": "get_weather", "parameters": schema}}]
    chat = openai_client().chat.completions
    message = chat.create(model=ROUTE, messages=messages, tools=offered, tool_choice="required").choices[0].message
    call = message.tool_calls[0]
    check("openai: a tool is called with arguments of its schema", call.function.name == "get_weather" and isinstance(json.loads(call.function.arguments)["city"], str))
    messages += [message.model_dump(exclude_none=True), {"role": "tool", "tool_call_id": call.id, "content": "Sunny, 21 degrees"}]
    final = chat.create(model=ROUTE, messages=messages, tools=offered).choices[0]
    check("openai: the tool's result is answered", final.finish_reason == "stop" and final.message.content)


def counts():
    messages = [{"role": "user", "content": "How are you today?"}]
    counted = anthropic.Anthropic(base_url=URL, api_key=KEY, max_retries=0).messages.count_tokens(model="claude-sonnet-5-5", messages=messages)
    check("anthropic: tokens are counted", counted.input_tokens > 0)
    client = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=URL))
    counted = client.models.count_tokens(model="gemini-3.5-flash", contents="How are you today?")
    check("google-genai: tokens are counted", counted.total_tokens > 0)


def errors():
    try:
        openai.OpenAI(base_url=URL + "/v1", api_key="wrong", max_retries=0).models.list()
        check("openai: a wrong key is refused", False)
    except openai.AuthenticationError as error:
        check("openai: a wrong key is refused", error.status_code == 401)
    try:
        openai_client().chat.completions.create(model="no-such-model", messages=[{"role": "user", "content": "x"}])
        check("openai: an unknown model is 404", False)
    except openai.NotFoundError as error:
        check("openai: an unknown model is 404", "no-such-model" in str(error))
    try:
        bedrock_client().converse(modelId="no-such-model", messages=[{"role": "user", "content": [{"text": "x"}]}])
        check("boto3: an unknown model is typed", False)
    except ClientError as error:
        check("boto3: an unknown model is typed", error.response["Error"]["Code"] == "ResourceNotFoundException")
    try:
        bedrock_client(secretAccessKey="wrong").converse(modelId=ROUTE, messages=[{"role": "user", "content": [{"text": "x"}]}])
        check("boto3: a wrong secret is refused", False)
    except ClientError as error:
        check("boto3: a wrong secret is refused", error.response["ResponseMetadata"]["HTTPStatusCode"] == 401)
    try:
        anthropic.Anthropic(base_url=URL, api_key="wrong", max_retries=0).models.list()
        check("anthropic: a wrong key is refused", False)
    except anthropic.AuthenticationError as error:
        check("anthropic: a wrong key is refused", error.status_code == 401)
    try:
        client = genai.Client(api_key="wrong", http_options=types.HttpOptions(base_url=URL))
        client.models.generate_content(model=ROUTE, contents="x")
        check("google-genai: a wrong key is refused", False)
    except genai.errors.ClientError as error:
        check("google-genai: a wrong key is refused", error.code == 401)


ask_everyone("Claude Sonnet 5.5", SONNET)
moved = matrix.post("/functions/v1/orchestrate-bedrock-models", {"action": "switch", "modelId": NOVA, "useCase": "clinical", "reason": "Python test"})
check("the switch is made", moved["success"] and moved["data"]["switched"])
ask_everyone("Amazon Nova Pro", NOVA)
tools()
counts()
errors()
matrix.run()
