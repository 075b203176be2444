"""Writes tests/it/postgres/locking/{matrix,statements}.tsv: which table locks conflict, and which lock each kind of statement asks
for, found out with sessions of a real PostgreSQL 18.

Usage: tests/oracle/locks.py BIN_DIRECTORY [--check]; BIN_DIRECTORY holds initdb and pg_ctl, run by a user that is not root. The
server listens on a free loopback port only, and is gone afterwards. With --check the files are compared, not written.
"""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

BIN = sys.argv[1]
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "it", "postgres", "locking")
MODES = ["ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"]
SCHEMA = """
CREATE TABLE customers (id bigint PRIMARY KEY, email text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, status text, total_cents bigint, created_at timestamptz);
CREATE INDEX orders_created_at_idx ON orders (created_at);
CREATE TABLE payments (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders (id), amount_cents bigint);
INSERT INTO orders SELECT n, n, 'new', n, now() FROM generate_series(1, 100) n;
"""


class Psql:
    """A session that is fed by a pipe."""

    def __init__(self):
        self.process = subprocess.Popen(COMMAND + ["-At", "-v", "ON_ERROR_STOP=0"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1)

    def send(self, sql):
        self.process.stdin.write(sql + "\n")
        self.process.stdin.flush()

    def ask(self, sql):
        """Runs it to its end; answers what was printed."""
        self.send(sql + "\n\\echo =end=")
        lines = []
        while (line := self.process.stdout.readline().rstrip("\n")) != "=end=":
            lines.append(line)
        return lines

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def matrix():
    first, second = Psql(), Psql()
    rows = ["\t".join(["requested"] + MODES)]
    for requested in MODES:
        row = [requested]
        for held in MODES:
            first.ask(f"BEGIN; LOCK TABLE orders IN {held} MODE;")
            answer = second.ask(f"BEGIN; LOCK TABLE orders IN {requested} MODE NOWAIT;")
            row.append("X" if any("could not obtain lock" in line for line in answer) else ".")
            second.ask("ROLLBACK;")
            first.ask("ROLLBACK;")
        rows.append("\t".join(row))
    first.close()
    second.close()
    return "\n".join(rows) + "\n"


def statements():
    """What each statement waits for while another session has locked a table, in ACCESS EXCLUSIVE mode unless stated."""
    rows = ["locked\tawaited\ton\tstatement"]
    observer = Psql()
    for line in open(os.path.join(HERE, "statements.sql")):
        locked, _, statement = line.rstrip("\n").partition("\t")
        holder, asking = Psql(), Psql()
        pid = int(asking.ask("SELECT pg_backend_pid();")[0])
        holder.ask(f"BEGIN; LOCK TABLE {locked};")
        asking.send(statement + ";")
        found = []
        for _ in range(100):
            found = observer.ask("SELECT mode || E'\\t' || relation::regclass FROM pg_locks"
                                 f" WHERE NOT granted AND pid = {pid} AND locktype = 'relation';")
            if found:
                break
            time.sleep(0.05)
        rows.append("\t".join([locked, found[0] if found else "-\t-", statement]))
        observer.ask(f"SELECT pg_cancel_backend({pid});")
        time.sleep(0.05)
        holder.ask("ROLLBACK;")
        holder.close()
        asking.close()
    observer.close()
    return "\n".join(rows) + "\n"


work = tempfile.mkdtemp()
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = str(free.getsockname()[1])
COMMAND = ["psql", "-X", "-q", "-h", "127.0.0.1", "-p", port, "-U", "postgres"]
data = os.path.join(work, "data")
control = [os.path.join(BIN, "pg_ctl"), "-w", "-D", data]
try:
    subprocess.run([os.path.join(BIN, "initdb"), "-D", data, "-U", "postgres", "--locale=C.UTF-8", "-E", "UTF8"], check=True, stdout=subprocess.DEVNULL)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
    subprocess.run(control + ["-l", os.path.join(work, "log"), "-o", options, "start"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(COMMAND, input=SCHEMA, text=True, check=True)
    for name, text in (("matrix.tsv", matrix()), ("statements.tsv", statements())):
        path = os.path.join(HERE, name)
        if "--check" in sys.argv:
            assert open(path).read() == text, f"{name} differs"
            print(f"{name}: {text.count(chr(10)) - 1} rows agree")
        else:
            open(path, "w").write(text)
finally:
    subprocess.run(control + ["-m", "immediate", "stop"], stdout=subprocess.DEVNULL)
    shutil.rmtree(work)
