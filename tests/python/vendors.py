"""The vendors' own Python clients, unchanged but for base URL and key, each with the same seven things to ask for.

`plain`, `stream`, `image` and `structured` give a dict of text, finish and output tokens; `tools` and `stream_tools` also
the tool's name and arguments, after two turns; `error` gives the status and the text of what the client threw.
"""

import base64
import json

import anthropic
import boto3
import openai
from botocore.config import Config
from botocore.exceptions import ClientError
from google import genai
from google.genai import types

TOOL = "get_weather"
TOOL_QUESTION = "What is the weather in Berlin? Use the get_weather tool."
TOOL_RESULT = "It has 21 degrees in Berlin."
TOOL_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}
CITY_SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "inhabitants": {"type": "integer"}},
    "required": ["city", "inhabitants"],
    "additionalProperties": False,
}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="


def said(text, finish, tokens):
    return {"text": text, "finish": finish, "tokens": tokens}


class OpenaiChat:
    name = "openai chat"
    tools = [{"type": "function", "function": {"name": TOOL, "parameters": TOOL_SCHEMA}}]

    def __init__(self, url, key):
        self.chat = openai.OpenAI(base_url=url + "/v1", api_key=key, max_retries=0).chat.completions

    def whole(self, model, messages, **more):
        answer = self.chat.create(model=model, messages=messages, **more)
        return answer.choices[0].message, answer.choices[0].finish_reason, answer.usage.completion_tokens

    def streamed(self, model, messages, **more):
        with self.chat.stream(model=model, messages=messages, stream_options={"include_usage": True}, **more) as stream:
            answer = stream.get_final_completion()
        return answer.choices[0].message, answer.choices[0].finish_reason, answer.usage.completion_tokens

    def ask(self, send, model, content, **more):
        message, finish, tokens = send(model, [{"role": "user", "content": content}], **more)
        return said(message.content, finish, tokens)

    def turns(self, send, model):
        messages = [{"role": "user", "content": TOOL_QUESTION}]
        message, _, _ = send(model, messages, tools=self.tools)
        call = message.tool_calls[0]
        # The helper of streams adds what it parsed, which is not of the API.
        fields = {"role", "content", "tool_calls"}
        own = message.model_dump(exclude_none=True, include=fields)
        for made in own["tool_calls"]:
            made["function"].pop("parsed_arguments", None)
        messages += [own, {"role": "tool", "tool_call_id": call.id, "content": TOOL_RESULT}]
        message, finish, tokens = send(model, messages, tools=self.tools)
        return {**said(message.content, finish, tokens), "tool": call.function.name, "arguments": json.loads(call.function.arguments)}

    def plain(self, model, text):
        return self.ask(self.whole, model, text)

    def stream(self, model, text):
        return self.ask(self.streamed, model, text)

    def call_tools(self, model, _text):
        return self.turns(self.whole, model)

    def stream_tools(self, model, _text):
        return self.turns(self.streamed, model)

    def image(self, model, text):
        image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + PIXEL}}
        return self.ask(self.whole, model, [{"type": "text", "text": text}, image])

    def structured(self, model, text):
        schema = {"name": "city", "strict": True, "schema": CITY_SCHEMA}
        return self.ask(self.whole, model, text, response_format={"type": "json_schema", "json_schema": schema})

    def error(self, model, text):
        try:
            self.plain(model, text)
        except openai.NotFoundError as error:
            return {"status": error.status_code, "text": str(error)}


class OpenaiResponses:
    name = "openai responses"
    tools = [{"type": "function", "name": TOOL, "parameters": TOOL_SCHEMA, "strict": False}]

    def __init__(self, url, key):
        self.responses = openai.OpenAI(base_url=url + "/v1", api_key=key, max_retries=0).responses

    def whole(self, model, given, **more):
        return self.responses.create(model=model, input=given, **more)

    def streamed(self, model, given, **more):
        with self.responses.stream(model=model, input=given, **more) as stream:
            return stream.get_final_response()

    def ask(self, send, model, content, **more):
        answer = send(model, [{"role": "user", "content": content}], **more)
        return said(answer.output_text, answer.status, answer.usage.output_tokens)

    def turns(self, send, model):
        question = {"role": "user", "content": TOOL_QUESTION}
        answer = send(model, [question], tools=self.tools)
        call = next(item for item in answer.output if item.type == "function_call")
        history = [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in answer.output]
        result = {"type": "function_call_output", "call_id": call.call_id, "output": TOOL_RESULT}
        answer = send(model, [question, *history, result], tools=self.tools)
        told = said(answer.output_text, answer.status, answer.usage.output_tokens)
        return {**told, "tool": call.name, "arguments": json.loads(call.arguments)}

    def plain(self, model, text):
        return self.ask(self.whole, model, text)

    def stream(self, model, text):
        return self.ask(self.streamed, model, text)

    def call_tools(self, model, _text):
        return self.turns(self.whole, model)

    def stream_tools(self, model, _text):
        return self.turns(self.streamed, model)

    def image(self, model, text):
        image = {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64," + PIXEL}
        return self.ask(self.whole, model, [{"type": "input_text", "text": text}, image])

    def structured(self, model, text):
        schema = {"type": "json_schema", "name": "city", "strict": True, "schema": CITY_SCHEMA}
        return self.ask(self.whole, model, text, text={"format": schema})

    def error(self, model, text):
        try:
            self.plain(model, text)
        except openai.NotFoundError as error:
            return {"status": error.status_code, "text": str(error)}


class Anthropic:
    name = "anthropic"
    tools = [{"name": TOOL, "input_schema": TOOL_SCHEMA}]

    def __init__(self, url, key):
        self.messages = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0).messages

    def whole(self, model, messages, **more):
        return self.messages.create(model=model, max_tokens=2000, messages=messages, **more)

    def streamed(self, model, messages, **more):
        with self.messages.stream(model=model, max_tokens=2000, messages=messages, **more) as stream:
            return stream.get_final_message()

    @staticmethod
    def told(message):
        text = "".join(block.text for block in message.content if block.type == "text")
        return said(text, message.stop_reason, message.usage.output_tokens)

    def ask(self, send, model, content, **more):
        return self.told(send(model, [{"role": "user", "content": content}], **more))

    def turns(self, send, model):
        messages = [{"role": "user", "content": TOOL_QUESTION}]
        message = send(model, messages, tools=self.tools)
        call = next(block for block in message.content if block.type == "tool_use")
        result = {"type": "tool_result", "tool_use_id": call.id, "content": TOOL_RESULT}
        messages += [{"role": "assistant", "content": message.content}, {"role": "user", "content": [result]}]
        return {**self.told(send(model, messages, tools=self.tools)), "tool": call.name, "arguments": call.input}

    def plain(self, model, text):
        return self.ask(self.whole, model, text)

    def stream(self, model, text):
        return self.ask(self.streamed, model, text)

    def call_tools(self, model, _text):
        return self.turns(self.whole, model)

    def stream_tools(self, model, _text):
        return self.turns(self.streamed, model)

    def image(self, model, text):
        image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
        return self.ask(self.whole, model, [image, {"type": "text", "text": text}])

    def structured(self, model, text):
        return self.ask(self.whole, model, text, output_config={"format": {"type": "json_schema", "schema": CITY_SCHEMA}})

    def error(self, model, text):
        try:
            self.plain(model, text)
        except anthropic.NotFoundError as error:
            return {"status": error.status_code, "text": str(error)}


class Google:
    name = "google-genai"
    tools = [{"function_declarations": [{"name": TOOL, "description": "The weather of a city", "parameters_json_schema": TOOL_SCHEMA}]}]

    def __init__(self, url, key):
        # The client closes its connections when it is collected, so it is kept beside its part.
        self.client = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url))
        self.models = self.client.models

    @staticmethod
    def joined(pieces):
        parts = [part for piece in pieces for part in (piece.candidates[0].content.parts or [])]
        return types.Content(role="model", parts=parts), pieces[-1].candidates[0].finish_reason, pieces[-1].usage_metadata.candidates_token_count

    def whole(self, model, contents, config=None):
        return self.joined([self.models.generate_content(model=model, contents=contents, config=config)])

    def streamed(self, model, contents, config=None):
        return self.joined(list(self.models.generate_content_stream(model=model, contents=contents, config=config)))

    @staticmethod
    def told(answer):
        content, finish, tokens = answer
        return said("".join(part.text or "" for part in content.parts if not part.thought), finish, tokens)

    def turns(self, send, model):
        # Left to itself the client would call the tool by its own loop.
        config = {"tools": self.tools, "automatic_function_calling": {"disable": True}}
        question = types.Content(role="user", parts=[types.Part(text=TOOL_QUESTION)])
        content, _, _ = send(model, [question], config)
        call = next(part.function_call for part in content.parts if part.function_call)
        response = types.FunctionResponse(id=call.id, name=call.name, response={"output": TOOL_RESULT})
        result = types.Content(role="user", parts=[types.Part(function_response=response)])
        return {**self.told(send(model, [question, content, result], config)), "tool": call.name, "arguments": call.args}

    def plain(self, model, text):
        return self.told(self.whole(model, text))

    def stream(self, model, text):
        return self.told(self.streamed(model, text))

    def call_tools(self, model, _text):
        return self.turns(self.whole, model)

    def stream_tools(self, model, _text):
        return self.turns(self.streamed, model)

    def image(self, model, text):
        image = types.Part.from_bytes(data=base64.b64decode(PIXEL), mime_type="image/png")
        return self.told(self.whole(model, [image, text]))

    def structured(self, model, text):
        return self.told(self.whole(model, text, {"response_mime_type": "application/json", "response_json_schema": CITY_SCHEMA}))

    def error(self, model, text):
        try:
            self.plain(model, text)
        except genai.errors.ClientError as error:
            return {"status": error.code, "text": str(error)}


def bedrock_client(url, pair):
    """boto3 sends bearer tokens over https only, so it signs with an access-key pair."""
    return boto3.client(
        "bedrock-runtime",
        region_name="eu-central-1",
        endpoint_url=url,
        aws_access_key_id=pair["accessKeyId"],
        aws_secret_access_key=pair["secretAccessKey"],
        config=Config(retries={"total_max_attempts": 1}),
    )


class Boto3:
    name = "boto3 converse"
    tools = {"tools": [{"toolSpec": {"name": TOOL, "inputSchema": {"json": TOOL_SCHEMA}}}]}

    def __init__(self, url, pair):
        self.client = bedrock_client(url, pair)

    def whole(self, model, messages, **more):
        answer = self.client.converse(modelId=model, messages=messages, **more)
        return answer["output"]["message"]["content"], answer["stopReason"], answer["usage"]["outputTokens"]

    def streamed(self, model, messages, **more):
        blocks, finish, tokens = {}, None, None
        for event in self.client.converse_stream(modelId=model, messages=messages, **more)["stream"]:
            if "contentBlockStart" in event:
                start = event["contentBlockStart"]
                blocks[start["contentBlockIndex"]] = {"toolUse": {**start["start"]["toolUse"], "input": ""}}
            if "contentBlockDelta" in event:
                delta = event["contentBlockDelta"]["delta"]
                at = event["contentBlockDelta"]["contentBlockIndex"]
                if "text" in delta:
                    blocks[at] = {"text": blocks.get(at, {"text": ""})["text"] + delta["text"]}
                if "toolUse" in delta:
                    blocks[at]["toolUse"]["input"] += delta["toolUse"]["input"]
            finish = event.get("messageStop", {}).get("stopReason", finish)
            tokens = event.get("metadata", {}).get("usage", {}).get("outputTokens", tokens)
        for block in blocks.values():
            if "toolUse" in block:
                block["toolUse"]["input"] = json.loads(block["toolUse"]["input"] or "{}")
        return [blocks[at] for at in sorted(blocks)], finish, tokens

    @staticmethod
    def told(answer):
        content, finish, tokens = answer
        return said("".join(block.get("text", "") for block in content), finish, tokens)

    def ask(self, send, model, content, **more):
        return self.told(send(model, [{"role": "user", "content": content}], **more))

    def turns(self, send, model):
        messages = [{"role": "user", "content": [{"text": TOOL_QUESTION}]}]
        content, _, _ = send(model, messages, toolConfig=self.tools)
        call = next(block["toolUse"] for block in content if "toolUse" in block)
        result = {"toolResult": {"toolUseId": call["toolUseId"], "content": [{"text": TOOL_RESULT}]}}
        messages += [{"role": "assistant", "content": content}, {"role": "user", "content": [result]}]
        return {**self.told(send(model, messages, toolConfig=self.tools)), "tool": call["name"], "arguments": call["input"]}

    def plain(self, model, text):
        return self.ask(self.whole, model, [{"text": text}])

    def stream(self, model, text):
        return self.ask(self.streamed, model, [{"text": text}])

    def call_tools(self, model, _text):
        return self.turns(self.whole, model)

    def stream_tools(self, model, _text):
        return self.turns(self.streamed, model)

    def image(self, model, text):
        image = {"image": {"format": "png", "source": {"bytes": base64.b64decode(PIXEL)}}}
        return self.ask(self.whole, model, [{"text": text}, image])

    def structured(self, model, text):
        schema = {"jsonSchema": {"name": "city", "schema": json.dumps(CITY_SCHEMA)}}
        config = {"textFormat": {"type": "json_schema", "structure": schema}}
        return self.ask(self.whole, model, [{"text": text}], outputConfig=config)

    def error(self, model, text):
        try:
            self.plain(model, text)
        except self.client.exceptions.ResourceNotFoundException as error:
            return {"status": error.response["ResponseMetadata"]["HTTPStatusCode"], "text": str(error)}
