#!/usr/bin/env python3
"""The same shards from a disk, from nginx over HTTP and HTTPS, and from an S3 server: the tables must be the same bytes.

    python3 tests/servers.py [--binary PATH]

Needs nginx and openssl, and installs moto (an S3 server) into a virtual environment under `target/`. Nothing is skipped:
what is missing makes it fail. Exit code 1 when a byte differs or a server that should say no gives something.
"""

import argparse
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
MOTO = "moto[server]==5.2.5"
KEY, SECRET = "AKIDEXAMPLE", "a-secret-of-this-test"
# What the environment of this machine says about servers is no part of the test.
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "HF_", "SSL_"))}
CLEAN |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}

NGINX = """
{user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log {folder}/access.log; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    types {{ text/plain txt; application/json json jsonl; }} default_type application/octet-stream;
    # Compression on the way, which nobody asks for and which must not come.
    gzip on; gzip_types *; gzip_min_length 1;
    server {{ listen 127.0.0.1:{http}; root {root};
        location /denied/ {{ return 403; }}
        location /busy/ {{ return 503; }}
        location /moved/ {{ rewrite ^/moved/(.*)$ /$1 redirect; }}
        location /circle/ {{ return 302 $request_uri; }} }}
    server {{ listen 127.0.0.1:{https} ssl; root {root};
        ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key; }}
}}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", type=pathlib.Path, default=TARGET / "debug" / "shardproof")
    arguments = parser.parse_args()
    for program in ["nginx", "openssl"]:
        shutil.which(program) or sys.exit(f"error: {program} is not installed")
    with tempfile.TemporaryDirectory(prefix="shardproof-servers-") as folder:
        check(arguments.binary.resolve(), pathlib.Path(folder))
    print("the same bytes from a disk, HTTP, HTTPS and S3")


def check(binary, folder):
    shutil.copytree(ROOT / "fixtures" / "shards", folder / "root" / "shards")
    shards = sorted(path.relative_to(folder / "root").as_posix() for path in (folder / "root").rglob("*") if path.is_file())
    http, https, s3 = free_port(), free_port(), free_port()
    certificates(folder)
    # Started by root, nginx would take another user, who may not look into the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    settings = NGINX.format(user=user, folder=folder, root=folder / "root", http=http, https=https)
    (folder / "nginx.conf").write_text(settings)
    with contextlib.ExitStack() as running:
        start(running, ["nginx", "-e", folder / "error.log", "-p", folder, "-c", folder / "nginx.conf"], http)
        start(running, [moto(), "-H", "127.0.0.1", "-p", str(s3)], s3)
        for bucket, access in [("open", "public-read"), ("shut", "private")]:
            put(s3, f"/{bucket}", b"", access)
            for shard in shards:
                put(s3, f"/{bucket}/{shard}", (folder / "root" / shard).read_bytes(), access)
        disk = scan(binary, folder, "disk", ["shards"])
        assert len(disk) >= 5 and disk["matches.csv"].count(b"\n") > 50, sorted(disk)
        endpoint = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3}", "AWS_ALLOW_HTTP": "true"}
        credentials = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
        ways = {
            "http": (f"http://127.0.0.1:{http}/", {}),
            "http, redirected": (f"http://127.0.0.1:{http}/moved/", {}),
            "https": (f"https://127.0.0.1:{https}/", {"SSL_CERT_FILE": str(folder / "ca.pem")}),
            "s3 without credentials": ("s3://open/", endpoint),
            "s3 with a signature": ("s3://shut/", endpoint | credentials),
        }
        for way, (prefix, environment) in ways.items():
            tables = scan(binary, folder, way, [prefix + shard for shard in shards], environment)
            exchanges = tables.pop("acquisition.csv")
            differ = [name for name in disk.keys() | tables.keys() if disk.get(name) != tables.get(name)]
            assert not differ, f"{way}: these differ: {differ}"
            assert exchanges.count(b"\n") > len(shards), way
            written = b"".join(path.read_bytes() for path in (folder / way).rglob("*") if path.is_file())
            for secret in [KEY, SECRET, "Signature"]:
                assert secret.encode() not in written, f"{way}: `{secret}` was written down"
            print(f"{way}: {len(tables)} tables are the same")
        refusals = {
            f"http://127.0.0.1:{http}/denied/x.gz": "403 Forbidden",
            f"http://127.0.0.1:{http}/none/x.gz": "404 Not Found",
            f"http://127.0.0.1:{http}/busy/x.gz": "503 Service Temporarily Unavailable|503 Service Unavailable",
            f"http://127.0.0.1:{http}/circle/x.gz": "redirects in a circle",
            f"https://127.0.0.1:{https}/{shards[0]}": "certificate",
            "s3://open/none.gz": "404 Not Found",
            f"s3://shut/{shards[0]}": "403 Forbidden",
        }
        for n, (address, words) in enumerate(refusals.items()):
            row = scan(binary, folder, f"refused {n}", [address], endpoint, exit=1)["shards.csv"].decode()
            assert any(word in row for word in words.split("|")), f"{address}: {row}"
            print(f"{address.split('/', 3)[3]}: refused as {words.split('|')[0]}")


def scan(binary, folder, out, shards, environment=None, exit=3):
    command = [binary, "scan", "-", "--domains", ROOT / "fixtures" / "publishers.csv", "--out", folder / out]
    command += ["--census", "--quiet", "--retries", "1", "--first-wait", "10"]
    if out == "disk":
        command[2] = shards[0]
    run = subprocess.run(command, input="\n".join(shards).encode(), cwd=folder / "root", env=CLEAN | (environment or {}),
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    # OSCAR 2019 has no addresses, which is a gap.
    tables = {path.name: path.read_bytes() for path in (folder / out).glob("*.csv")}
    told = run.stdout.decode() + tables.get("shards.csv", b"").decode()
    assert run.returncode == exit, f"{out}: exit code {run.returncode}: {told}"
    return tables


def start(running, command, port):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=CLEAN)
    running.callback(lambda: (process.terminate(), process.wait()))
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
        time.sleep(0.1)
    sys.exit(f"error: {command[0]} does not answer")


def certificates(folder):
    """An authority of this test and a server's certificate from it."""
    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], cwd=folder, check=True, capture_output=True)
    key = ["-newkey", "rsa:2048", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", 2, "-subj", "/CN=test authority")
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1")
    (folder / "san").write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", "server.pem", "-days", 2, "-extfile", "san")


def put(port, path, body, access):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=body, method="PUT",
                                     headers={"Content-Type": "application/octet-stream", "x-amz-acl": access})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=300) as answer:
        assert answer.status == 200, answer.status


def moto():
    folder = TARGET / "moto"
    server, mark = folder / "bin" / "moto_server", folder / "installed"
    if not mark.exists() or mark.read_text() != MOTO:
        print(f"installing {MOTO}", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        command = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", MOTO]
        subprocess.run(command, check=True)
        mark.write_text(MOTO)
    return server


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


if __name__ == "__main__":
    main()
