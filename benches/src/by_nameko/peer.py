"""A peer of the benchmarks on Nameko: `service` or `client`.

It connects where KINOKO_BENCH_ADDRESS says, and takes orders and answers as `order.rs` has them.
"""

import eventlet

eventlet.monkey_patch()  # as `nameko run` does, before anything else is imported

import json
import os
import resource
import sys
import time

from eventlet import GreenPool, tpool
from nameko.containers import ServiceContainer
from nameko.rpc import RpcProxy, rpc
from nameko.testing.services import dummy, entrypoint_hook

CONFIG = {"AMQP_URI": os.environ["KINOKO_BENCH_ADDRESS"]}


class Greeter:
    name = "greeter"

    @rpc
    def hello(self, name):
        return "Hello, {}!".format(name)


class Caller:
    name = "caller"
    greeter = RpcProxy("greeter")

    @dummy
    def once(self):
        self.hello(4)

    @dummy
    def load(self, in_flight, size, warm_up, window):
        begin = time.monotonic() + warm_up
        end = begin + window
        took, calls = [], [0]

        def caller():
            now = time.monotonic()
            while now < end:
                self.hello(size)
                calls[0] += 1
                then = time.monotonic()
                if begin <= now and then <= end:
                    took.append(then - now)
                now = then

        pool = GreenPool(in_flight)
        callers = [pool.spawn(caller) for _ in range(in_flight)]
        eventlet.sleep(begin - time.monotonic())
        say("Measuring")
        started, before = time.monotonic(), cpu()
        eventlet.sleep(end - started)
        seconds, used = time.monotonic() - started, cpu() - before
        for each in callers:
            each.wait()
        took.sort()

        def at(share):
            return took[int(len(took) * share)] * 1e6 if took else 0.0

        return {
            "calls": len(took),
            "all_calls": calls[0],
            "seconds": seconds,
            "p50_us": at(0.5),
            "p99_us": at(0.99),
            "cpu_us": used * 1e6,
        }

    def hello(self, size):
        name = "Matt" if size == 4 else "x" * size
        text = self.greeter.hello(name)
        if text != "Hello, {}!".format(name):
            raise ValueError(text)


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def seconds(duration):
    return duration["secs"] + duration["nanos"] / 1e9


def say(answer):
    print(json.dumps(answer), flush=True)


def obey(container, order):
    if order == "Count":
        return {"Count": 0}
    if order == "Once":
        with entrypoint_hook(container, "once") as once:
            once()
        return "Done"
    load = order["Load"]
    with entrypoint_hook(container, "load", timeout=60) as run:
        return {
            "Sample": run(
                load["in_flight"],
                load["size"],
                seconds(load["warm_up"]),
                seconds(load["window"]),
            )
        }


def main():
    container = ServiceContainer({"service": Greeter, "client": Caller}[sys.argv[1]], CONFIG)
    container.start()
    say({"Ready": None})
    # In a thread, so that everything else goes on meanwhile.
    while line := tpool.execute(sys.stdin.readline):
        say(obey(container, json.loads(line)))
    container.stop()


main()
