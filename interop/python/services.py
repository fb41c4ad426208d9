"""What the Rust services are compared with, called by, and call."""

import json
import os
import time

from nameko.dependency_providers import DependencyProvider
from nameko.events import BROADCAST, SINGLETON, EventDispatcher, event_handler
from nameko.rpc import RpcProxy, rpc


class Context(DependencyProvider):
    """All that a worker knows of its call."""

    def get_dependency(self, worker_ctx):
        return worker_ctx


class OutOfStock(Exception):
    pass


class Greeter:
    """The twin of the Rust service of that name."""

    name = "greeter"
    context = Context()

    @rpc
    def hello(self, name):
        return "Hello, {}!".format(name)

    @rpc
    def greet(self, name, greeting="Hello", times=1):
        return " ".join(["{}, {}!".format(greeting, name)] * times)

    @rpc
    def echo(self, value):
        return value

    @rpc
    def nothing(self):
        return None

    @rpc
    def fail(self, how):
        if how == "plain":
            raise OutOfStock("no enoki left")
        if how == "unicode":
            raise OutOfStock("kein Pilz übrig: 🍄")
        if how == "empty":
            raise OutOfStock("")
        if how == "surrogate":
            # What os.fsdecode makes of a name that is not UTF-8.
            raise OutOfStock("enoki\udce9")
        if how == "mapped":
            raise KeyError("enoki")
        raise ValueError(how)

    @rpc
    def type_of(self, value):
        return type(value).__name__

    @rpc
    def unserializable(self):
        return {1, 2}

    @rpc
    def counted(self, n):
        record("counted", n)
        return os.environ["INSTANCE"]

    @rpc
    def slow(self, seconds):
        time.sleep(seconds)
        record("slow", seconds)
        return "done"


class Relay:
    """Hands a call on to services one after the other; the last says what it sees."""

    name = "py"
    rs = RpcProxy("rs")
    py = RpcProxy("py")
    nobody = RpcProxy("nobody")
    context = Context()

    @rpc
    def relay(self, path):
        if not path:
            return {
                "data": {key: value for key, value in self.context.data.items()},
                "stack": self.context.call_id_stack,
            }
        return getattr(self, path[0]).relay(path[1:])


class Shop:
    """Emits events."""

    name = "shop"
    dispatch = EventDispatcher()

    @rpc
    def emit(self, event_type, payload):
        self.dispatch(event_type, payload)


class Handlers:
    """Handles the shop's events in each of the three ways."""

    name = "handlers"
    context = Context()

    @event_handler("shop", "pooled")
    def on_pooled(self, payload):
        record("pooled", payload)

    @event_handler("shop", "single", handler_type=SINGLETON)
    def on_single(self, payload):
        record("single", payload)

    @event_handler("shop", "wide", handler_type=BROADCAST, reliable_delivery=False)
    def on_wide(self, payload):
        record("wide", payload)

    @event_handler("shop", "traced")
    def on_traced(self, payload):
        record("traced", {key: value for key, value in self.context.data.items()})


def record(what, payload):
    """One line to the file that the test reads. Short appends do not mix."""
    with open(os.environ["RECORD"], "a") as file:
        file.write(json.dumps({"what": what, "payload": payload, "by": os.environ["INSTANCE"]}) + "\n")
