"""The storm in SimPy: a process for each request, resources for workers and connections, and a database that shares its
cores by interrupting and restarting one clock process. It counts, and keeps no telemetry."""

import heapq
import random
import sys
import time

import simpy

WORKERS, BACKLOG, CONNECTIONS, CORES, CALLS, ATTEMPTS = 64, 5_000, 40, 8.0, 4, 4
WEB_WORK, QUERY_WORK, PATIENCE, BACKOFF = 0.004, 0.0015, 2.0, 0.1
PHASES = [(40, 0.7), (60, 1.2), (120, 0.7)]


class Database:
    """Processor sharing by a virtual clock; the next completion is a callback with a version."""

    def __init__(self, env):
        self.env, self.jobs, self.clock, self.updated = env, [], 0.0, 0.0
        self.submitted, self.version = 0, 0

    def rate(self):
        return min(1.0, CORES / len(self.jobs))

    def advance(self):
        if self.jobs:
            self.clock += (self.env.now - self.updated) * self.rate()
        self.updated = self.env.now

    def submit(self, work):
        done = self.env.event()
        self.advance()
        self.submitted += 1
        heapq.heappush(self.jobs, (self.clock + work, self.submitted, done))
        self.restart()
        return done

    def restart(self):
        self.version += 1
        if self.jobs:
            version = self.version
            left = max(0.0, self.jobs[0][0] - self.clock) / self.rate()
            timeout = self.env.timeout(left)
            timeout.callbacks.append(lambda _: self.complete(version))

    def complete(self, version):
        if version != self.version:
            return
        self.advance()
        _, _, done = heapq.heappop(self.jobs)
        self.restart()
        done.succeed()


class Storm:
    def __init__(self, seed):
        self.env = simpy.Environment()
        self.random = random.Random(seed)
        self.workers = simpy.Resource(self.env, WORKERS)
        self.connections = simpy.Resource(self.env, CONNECTIONS)
        self.database = Database(self.env)
        self.events = self.answered = self.given_up = self.refused = 0
        self.env.process(self.arrivals())
        self.env.run(until=PHASES[-1][0])

    def draw(self, mean):
        return self.random.expovariate(1.0 / mean)

    def arrivals(self):
        while True:
            self.events += 1
            self.env.process(self.client())
            load = next(load for until, load in PHASES if self.env.now < until)
            yield self.env.timeout(self.draw(CALLS * QUERY_WORK / CORES / load))

    def client(self):
        for attempt in range(ATTEMPTS):
            if attempt:
                self.events += 1
            if len(self.workers.queue) >= BACKLOG:
                self.refused += 1
            else:
                served = self.env.process(self.serve())
                patience = self.env.timeout(PATIENCE)
                yield served | patience
                if served.processed:
                    self.answered += 1
                    return
                self.events += 1
                self.given_up += 1
            if attempt + 1 < ATTEMPTS:
                yield self.env.timeout(self.draw(BACKOFF))

    def serve(self):
        with self.workers.request() as worker:
            yield worker
            yield self.env.timeout(self.draw(WEB_WORK))
            self.events += 1
            for _ in range(CALLS):
                with self.connections.request() as connection:
                    yield connection
                    yield self.database.submit(self.draw(QUERY_WORK))
                    self.events += 1


for seed in range(1, int(sys.argv[1]) + 1 if len(sys.argv) > 1 else 6):
    before = time.process_time_ns()
    storm = Storm(seed)
    spent = time.process_time_ns() - before
    print(
        f"seed {seed}: {storm.events} events, {spent} ns of CPU, "
        f"{storm.answered} answered, {storm.given_up} given up, {storm.refused} refused"
    )
