"""Writes tests/it/console/promql/expected.json: what a real Prometheus answers to each query of cases.txt.

Usage: tests/oracle/promql.py BIN_DIRECTORY [--check]; BIN_DIRECTORY holds prometheus and promtool (recorded with 2.42.0). The
series of series.txt are backfilled into a database of its own, the server listens on a free loopback port only, and both
are gone afterwards. With --check the file is compared, not written.
"""
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

START = 1_792_000_000  # seconds since 1970
STEP_MS = 15_000
HERE = pathlib.Path(__file__).parent.parent / "it/console/promql"
BIN = pathlib.Path(sys.argv[1])


def backfill(work):
    lines = []
    for line in (HERE / "series.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        name, shift, *values = line.split(" ")
        for place, value in enumerate(values):
            if value != "_":
                at = START * 1000 + place * STEP_MS + int(shift[1:])
                lines.append((name, at, value))
    # One family after the other, as the format wants it; all untyped.
    lines.sort(key=lambda line: (line[0].split("{")[0], line[0], line[1]))
    text = "".join(f"{name} {value} {at / 1000:.3f}\n" for name, at, value in lines) + "# EOF\n"
    (work / "series.om").write_text(text)
    subprocess.run([BIN / "promtool", "tsdb", "create-blocks-from", "openmetrics", work / "series.om", work / "data"],
                   check=True, stdout=subprocess.DEVNULL)


def ask(port, line):
    when, query = line.split(" ", 1)
    if ".." in when:
        start, rest = when[1:].split("..")
        end, step = rest.split("/")
        path = "query_range"
        arguments = {"query": query, "start": START + int(start), "end": START + int(end), "step": step}
    else:
        path = "query"
        arguments = {"query": query, "time": START + int(when[1:])}
    url = f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(arguments)}"
    try:
        answer = json.load(urllib.request.urlopen(url))
        return answer["data"]
    except urllib.error.HTTPError as error:
        return {"error": json.load(error)["error"]}


def main():
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        backfill(work)
        (work / "prometheus.yml").write_text("global: {}\n")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = subprocess.Popen(
            [BIN / "prometheus", f"--config.file={work}/prometheus.yml", f"--storage.tsdb.path={work}/data",
             "--storage.tsdb.retention.time=100y", f"--web.listen-address=127.0.0.1:{port}",
             "--enable-feature=promql-at-modifier,promql-negative-offset"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(200):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready")
                    break
                except (urllib.error.URLError, ConnectionError):
                    time.sleep(0.1)
            cases = [line for line in (HERE / "cases.txt").read_text().splitlines() if not line.startswith("#")]
            rows = [json.dumps({"case": line, "answer": ask(port, line)}, separators=(",", ":")) for line in cases]
            text = "\n".join(rows) + "\n"
        finally:
            server.terminate()
            server.wait()
    if "--check" in sys.argv:
        sys.exit(text != (HERE / "expected.json").read_text())
    (HERE / "expected.json").write_text(text)


main()
