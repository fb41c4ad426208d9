"""`nameko run`, which says "ready" on its standard output once every consumer is in place."""

import os
import sys

import eventlet

eventlet.monkey_patch()  # as `nameko run` does, before anything else is imported

from nameko.cli.main import main
from nameko.runners import ServiceRunner

start = ServiceRunner.start


def start_and_say_so(self):
    start(self)
    print("ready", flush=True)


ServiceRunner.start = start_and_say_so
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
main()
