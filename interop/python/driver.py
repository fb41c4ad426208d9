"""A Python caller, told what to do by lines of JSON: one on standard input, one answer on output.

    {"do": "call", "service": …, "method": …, "args": […], "kwargs": {…}, "context": {…}, "timeout": …}
    {"do": "calls", "service": …, "method": …, "args": [[…], …]}    many at once, answers in order
    {"do": "event", "source": …, "type": …, "data": …}
    {"do": "raw", "exchange": …, "key": …, "body": …, "properties": {…}, "headers": {…}, "timeout": …}

What JSON has no word for is written {"$": "type", "is": "text"} in both directions.
"""

import base64
import datetime
import decimal
import json
import math
import sys
import uuid

import amqp
from kombu.utils.url import parse_url
from nameko.standalone.events import event_dispatcher
from nameko.standalone.rpc import ClusterRpcProxy

URI = sys.argv[1]
CONFIG = {"AMQP_URI": URI}


def call(service, method, args=(), kwargs=None, context=None, timeout=10):
    with ClusterRpcProxy(CONFIG, context_data=context or {}, timeout=timeout) as cluster:
        return attempt(lambda: getattr(cluster[service], method)(*args, **(kwargs or {})))


def calls(service, method, args, timeout=60):
    with ClusterRpcProxy(CONFIG, timeout=timeout) as cluster:
        pending = [getattr(cluster[service], method).call_async(*each) for each in args]
        return [attempt(each.result) for each in pending]


def attempt(action):
    try:
        return {"result": action()}
    except Exception as exc:  # whatever a caller would see
        seen = {"class": type(exc).__module__ + "." + type(exc).__qualname__, "text": str(exc)}
        for name in ("exc_type", "value", "args"):
            if hasattr(exc, name):
                seen[name] = getattr(exc, name)
        return {"error": seen}


def event(source, type, data):
    return attempt(lambda: event_dispatcher(CONFIG)(source, type, data))


def raw(key, exchange="nameko-rpc", body="", properties=None, headers=None, timeout=1):
    """Publishes what no Nameko would, and waits for a reply: its properties and body, or none."""
    where = parse_url(URI)
    connection = amqp.Connection(
        "{}:{}".format(where["hostname"], where["port"]),
        userid=where["userid"],
        password=where["password"],
        virtual_host=where["virtual_host"],
        confirm_publish=True,
    )
    connection.connect()
    try:
        channel = connection.channel()
        reply_key = str(uuid.uuid4())
        queue = channel.queue_declare("", exclusive=True, auto_delete=True).queue
        channel.exchange_declare("nameko-rpc", "topic", durable=True, auto_delete=False)
        channel.queue_bind(queue, "nameko-rpc", reply_key)
        replies, returned = [], []
        channel.basic_consume(queue, no_ack=True, callback=replies.append)
        channel.events["basic_return"].add(lambda *args: returned.append(args))
        wanted = {
            "content_type": "application/json",
            "content_encoding": "utf-8",
            "correlation_id": "c-1",
            "reply_to": reply_key,
        }
        wanted.update(properties or {})
        wanted = {name: value for name, value in wanted.items() if value is not None}
        if headers is not None:
            wanted["application_headers"] = headers
        message = amqp.Message(body if isinstance(body, bytes) else body.encode(), **wanted)
        channel.basic_publish_confirm(message, exchange, key, mandatory=True)
        try:
            while not replies and not returned:
                connection.drain_events(timeout=timeout)
        except TimeoutError:
            pass
        if not replies:
            return {"result": {"returned": bool(returned), "reply": None}}
        reply = replies[0]
        return {
            "result": {
                "returned": False,
                "reply": json.loads(reply.body),
                "correlation_id": reply.properties.get("correlation_id"),
                "content_type": reply.properties.get("content_type"),
            }
        }
    finally:
        connection.close()


PLAIN = {
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "Decimal": decimal.Decimal,
    "UUID": uuid.UUID,
    "float": float,
    "int": int,
    "bytes": base64.b64decode,
}


def special(value):
    if "$" in value:
        return PLAIN[value["$"]](value["is"])
    return value


def plain(value):
    if isinstance(value, float) and not math.isfinite(value):
        return {"$": "float", "is": str(value)}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 1 << 63:
        return {"$": "int", "is": str(value)}
    if isinstance(value, bytes):
        return {"$": "bytes", "is": base64.b64encode(value).decode()}
    if isinstance(value, (datetime.date, datetime.time)):
        return {"$": type(value).__name__, "is": value.isoformat()}
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return {"$": type(value).__name__, "is": str(value)}
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value


def main():
    deeds = {"call": call, "calls": calls, "event": event, "raw": raw}
    for line in sys.stdin:
        order = json.loads(line, object_hook=special)
        answer = deeds[order.pop("do")](**order)
        print(json.dumps(plain(answer)), flush=True)


main()
