"""The vendors' official Python clients against a running sandbox: a second language's judges of every face."""

import base64
import json
import os
import urllib.request

import anthropic
import boto3
import openai
from botocore.config import Config
from botocore.exceptions import ClientError
from google import genai
from google.genai import types

URL = os.environ["POINTSMAN_URL"]
KEY = os.environ["POINTSMAN_SERVICE_KEY"]
SONNET, NOVA = "eu.anthropic.claude-sonnet-5-5", "eu.amazon.nova-pro-v1:0"
ROUTE = "use-case/clinical"


def post(path, body):
    request = urllib.request.Request(
        URL + path,
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def check(what, truth):
    if not truth:
        raise SystemExit(f"failed: {what}")
    print(f"ok: {what}")


def openai_client():
    return openai.OpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0)


PAIR = post("/api/v1/keys", {"name": "boto3", "scopes": ["invoke"], "aws": True})["aws"]


def bedrock_client(secret=PAIR["secretAccessKey"]):
    """boto3 sends bearer tokens over https only, so it signs with an access-key pair."""
    return boto3.client(
        "bedrock-runtime",
        region_name="eu-central-1",
        endpoint_url=URL,
        aws_access_key_id=PAIR["accessKeyId"],
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )


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
        bedrock_client("wrong").converse(modelId=ROUTE, messages=[{"role": "user", "content": [{"text": "x"}]}])
        check("boto3: a wrong secret is refused", False)
    except ClientError as error:
        check("boto3: a wrong secret is refused", error.response["ResponseMetadata"]["HTTPStatusCode"] == 401)


FAMILIES = {
    "eu.anthropic.claude-sonnet-5-5": "Claude Sonnet 5.5",
    "eu.amazon.nova-pro-v1:0": "Amazon Nova Pro",
    "gpt-4.1": "GPT-4.1",
    "claude-sonnet-5-5": "Claude Sonnet 5.5",
    "gemini-3.5-flash": "Gemini 3.5 Flash",
}
QUESTION = "How are you today?"
TOOL_QUESTION = "What is the weather in Berlin? Use the get_weather tool."
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="


def anthropic_everywhere():
    client = anthropic.Anthropic(base_url=URL, api_key=KEY, max_retries=0)
    tool = {"name": "get_weather", "description": "Weather of a city", "input_schema": SCHEMA}
    for model, name in FAMILIES.items():
        asked = {"model": model, "max_tokens": 1000}
        user = [{"role": "user", "content": QUESTION}]
        answer = client.messages.create(**asked, messages=user)
        check(f"anthropic: {model} answers", name in answer.content[-1].text and answer.usage.output_tokens > 0)
        with client.messages.stream(**asked, messages=user) as stream:
            text = "".join(stream.text_stream)
            check(f"anthropic stream: {model} answers and ends", name in text and stream.get_final_message().stop_reason == "end_turn")
        messages = [{"role": "user", "content": TOOL_QUESTION}]
        first = client.messages.create(**asked, messages=messages, tools=[tool])
        call = next(block for block in first.content if block.type == "tool_use")
        result = {"type": "tool_result", "tool_use_id": call.id, "content": "21 degrees"}
        messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
        final = client.messages.create(**asked, messages=messages, tools=[tool])
        check(f"anthropic tools: {model} takes the result", isinstance(call.input["city"], str) and "21 degrees" in final.content[-1].text)
        image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
        seen = client.messages.create(**asked, messages=[{"role": "user", "content": [image, {"type": "text", "text": QUESTION}]}])
        check(f"anthropic image: {model} sees it", "I looked at your image" in seen.content[-1].text)
    counted = client.messages.count_tokens(model="claude-sonnet-5-5", messages=user)
    check("anthropic: tokens are counted", counted.input_tokens > 0)
    try:
        client.messages.create(model="no-such-model", max_tokens=5, messages=user)
        check("anthropic: an unknown model is typed", False)
    except anthropic.NotFoundError as error:
        check("anthropic: an unknown model is typed", "no-such-model" in str(error))


def google_everywhere():
    # Held by a name: it closes its connections when nobody does.
    client = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=URL))
    models = client.models
    declaration = types.FunctionDeclaration(name="get_weather", description="Weather of a city", parameters_json_schema=SCHEMA)
    # The client would otherwise call Python functions by itself.
    tools = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[declaration])])
    for model, name in FAMILIES.items():
        answer = models.generate_content(model=model, contents=QUESTION)
        check(f"google: {model} answers", name in answer.text and answer.usage_metadata.candidates_token_count > 0)
        text = "".join(chunk.text or "" for chunk in models.generate_content_stream(model=model, contents=QUESTION))
        check(f"google stream: {model} answers", name in text)
        user = types.Content(role="user", parts=[types.Part.from_text(text=TOOL_QUESTION)])
        first = models.generate_content(model=model, contents=[user], config=tools)
        call = first.function_calls[0]
        response = types.FunctionResponse(id=call.id, name=call.name, response={"output": "21 degrees"})
        result = types.Content(role="user", parts=[types.Part(function_response=response)])
        final = models.generate_content(model=model, contents=[user, first.candidates[0].content, result], config=tools)
        check(f"google tools: {model} takes the result", isinstance(call.args["city"], str) and "21 degrees" in final.text)
        image = types.Part.from_bytes(data=base64.b64decode(PIXEL), mime_type="image/png")
        seen = models.generate_content(model=model, contents=[image, QUESTION])
        check(f"google image: {model} sees it", "I looked at your image" in seen.text)
    try:
        models.generate_content(model="no-such-model", contents=QUESTION)
        check("google: an unknown model is typed", False)
    except genai.errors.ClientError as error:
        check("google: an unknown model is typed", error.code == 404 and "no-such-model" in str(error))


ask_everyone("Claude Sonnet 5.5", SONNET)
moved = post("/functions/v1/orchestrate-bedrock-models", {"action": "switch", "modelId": NOVA, "useCase": "clinical", "reason": "Python test"})
check("the switch is made", moved["success"] and moved["data"]["switched"])
ask_everyone("Amazon Nova Pro", NOVA)
tools()
errors()
anthropic_everywhere()
google_everywhere()
