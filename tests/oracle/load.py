"""Measures what load does to a real PostgreSQL on a machine where nothing else runs: the order-history query under pgbench.

Usage: tests/oracle/load.py BIN_DIRECTORY >tests/data/load/undisturbed.tsv

BIN_DIRECTORY holds initdb and postgres; pgbench and psql are on the PATH; the user is not root. It takes ten minutes on two cores
and writes what was measured to standard output, a line a level, in the units of the header. `apart`: the server has the first core
and pgbench the second, and a process that runs only when nothing else wants to (SCHED_IDLE) keeps each core from sleeping, since a
wake-up costs as much as the look-up. `together`: both on both cores, which may sleep, as in pgbench.tsv.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

BIN = sys.argv[1]
ROUNDS = 3
SECONDS = 12
CLIENTS = [1, 4, 16, 64]
SCHEMA = """
CREATE TABLE orders (
  id bigint PRIMARY KEY, customer_id bigint NOT NULL, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
  total_cents int NOT NULL, shipping_cents int NOT NULL, warehouse_id int, status text NOT NULL, currency text NOT NULL,
  coupon_code text, ship_city text NOT NULL, ship_postcode text NOT NULL, notes text);
INSERT INTO orders SELECT n, 1 + floor(random() * 200000), timestamptz '2026-01-01' + n * interval '7 s',
  timestamptz '2026-01-01' + n * interval '7 s', random() * 20000, 499, 1 + n % 5, 'delivered', 'EUR', NULL, 'Amsterdam', '1012AB', NULL
  FROM generate_series(1, 2000000) n;
VACUUM ANALYZE orders;
"""
QUERY = r"""\set customer random(1, 200000)
SELECT id, created_at, status, total_cents FROM orders WHERE customer_id = :customer ORDER BY created_at DESC LIMIT 20;
"""
SETUPS = {
    "good": "CREATE INDEX history ON orders (customer_id, created_at DESC)",
    "wrong_order": "CREATE INDEX history ON orders (created_at DESC, customer_id)",
    "none": "SELECT 1",
}
SETTINGS = ["listen_addresses=", "shared_buffers=2GB", "max_connections=200", "autovacuum=off", "jit=off", "max_parallel_workers_per_gather=0"]
HEADER = "kind\tround\tsetup\tclients\ttransactions\ttps\tp50\tp95\tp99\tserver_cpu\tclient_cpu\tsteal"


def descendants_cpu(pid):
    """Seconds of CPU that the ended children of a process have used."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def machine():
    """Stolen and all ticks of the machine's cores so far."""
    fields = [int(field) for field in open("/proc/stat").readline().split()[1:]]
    return fields[7], sum(fields[:8])


def pin(pid, cores):
    subprocess.run(["taskset", "-acp", cores, str(pid)], check=True, stdout=subprocess.DEVNULL)
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    for child in children:
        subprocess.run(["taskset", "-acp", cores, child], stdout=subprocess.DEVNULL)


def level(kind, turn, setup, clients, cores):
    pin(server.pid, cores[0])
    logs = os.path.join(work, "latencies")
    os.mkdir(logs)
    stolen, used, own = machine(), descendants_cpu(server.pid), os.times()
    command = ["taskset", "-c", cores[1], "pgbench", "-h", work, "-U", "postgres", "-n", "-M", "prepared", "-f", os.path.join(work, "query.sql")]
    command += ["-c", str(clients), "-j", "1", "-T", str(SECONDS), "-l", "--log-prefix", os.path.join(logs, "log"), "postgres"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    after = os.times()
    time.sleep(2)  # until the backends have gone, and their CPU times are the postmaster's
    stolen = [b - a for a, b in zip(stolen, machine())]
    used = descendants_cpu(server.pid) - used
    own = after.children_user + after.children_system - own.children_user - own.children_system
    latencies = sorted(int(line.split()[2]) / 1e3 for name in os.listdir(logs) for line in open(os.path.join(logs, name)))
    shutil.rmtree(logs)
    count = len(latencies)
    at = [f"{latencies[min(int(count * share), count - 1)]:.3f}" for share in (0.5, 0.95, 0.99)]
    tps = re.search(r"tps = ([\d.]+)", told)[1]
    row = [kind, turn, setup, clients, count, f"{float(tps):.2f}", *at, f"{used * 1e3 / count:.4f}", f"{own * 1e3 / count:.4f}", f"{stolen[0] / stolen[1]:.4f}"]
    print(*row, sep="\t", flush=True)


def psql(text):
    subprocess.run(["psql", "-X", "-q", "-h", work, "-U", "postgres", "-v", "ON_ERROR_STOP=1"], input=text, text=True, check=True, stdout=subprocess.DEVNULL)


if open("/proc/sys/kernel/sched_autogroup_enabled").read().strip() != "0":
    sys.exit("tests/oracle/load.py: the kernel schedules by session here (sched_autogroup_enabled is 1), so SCHED_IDLE would take half a core: set it to 0")
work = tempfile.mkdtemp()
data = os.path.join(work, "data")
subprocess.run([os.path.join(BIN, "initdb"), "-D", data, "-U", "postgres", "--locale=C.UTF-8", "-E", "UTF8"], check=True, stdout=subprocess.DEVNULL)
options = [part for setting in [*SETTINGS, f"unix_socket_directories={work}"] for part in ("-c", setting)]
server = subprocess.Popen([os.path.join(BIN, "postgres"), "-D", data, *options], stderr=open(os.path.join(work, "log"), "w"))
awake = []
try:
    while not os.path.exists(os.path.join(work, ".s.PGSQL.5432")):
        assert server.poll() is None, open(os.path.join(work, "log")).read()
        time.sleep(0.1)
    time.sleep(1)
    psql(SCHEMA)
    open(os.path.join(work, "query.sql"), "w").write(QUERY)
    print(HEADER)
    for turn in range(1, ROUNDS + 1):
        for setup, index in SETUPS.items():
            psql(f"DROP INDEX IF EXISTS history; {index}; VACUUM ANALYZE orders; CHECKPOINT; SELECT count(*) FROM orders;")
            if setup == "good":
                for clients in CLIENTS:
                    level("together", turn, setup, clients, ("0,1", "0,1"))
            awake = [subprocess.Popen(["taskset", "-c", core, "chrt", "-i", "0", "sh", "-c", "while :; do :; done"]) for core in "01"]
            for clients in CLIENTS:
                level("apart", turn, setup, clients, ("0", "1"))
            while awake:
                awake.pop().kill()
finally:
    for process in awake:
        process.kill()
    server.terminate()
    server.wait()
    shutil.rmtree(work)
