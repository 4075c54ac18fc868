"""A registry that does not do as the specification says, in the way that the repository's name asks for.

    hostile.py FOLDER [CERTIFICATE KEY]     with both, by TLS

FOLDER/manifest is the manifest of every repository, and FOLDER/blobs/HEX its blobs. Says `listening on PORT`,
and writes every request as a line to FOLDER/requests: method, target, and what authorization came with it.
"""
import http.server
import os
import re
import ssl
import sys
import threading

folder = sys.argv[1]
lock = threading.Lock()
counts = {}
uploads = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def begin(self):
        with lock:
            with open(folder + "/requests", "a") as log:
                log.write(f"{self.command} {self.path} {self.headers.get('Authorization', '-')}\n")
            key = (self.command, self.path)
            counts[key] = counts.get(key, 0) + 1
            return counts[key]

    def reply(self, status, body=b"", **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in fields and "Transfer_Encoding" not in fields:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def hang_up(self):
        self.wfile.flush()
        self.close_connection = True
        self.connection.close()

    def endless(self):
        self.reply(200, Transfer_Encoding="chunked")
        while True:
            self.wfile.write(b"10000\r\n" + bytes(65536) + b"\r\n")

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        time = self.begin()
        if self.path.startswith("/token"):
            return self.token()
        if self.path == "/v2/":
            return self.reply(200)
        upload = re.match(r"/upload/(\d+)", self.path)
        if upload:
            have = len(uploads[upload[1]])
            return self.reply(204, Range=f"0-{max(have - 1, 0)}", Location=self.path)
        found = re.match(r"/v2/([a-z0-9-]+)/(manifests|blobs)/([^?]+)", self.path)
        if not found:
            return self.reply(404)
        mode, kind, name = found.groups()
        if mode.startswith("token") and self.headers.get("Authorization") != "Bearer good":
            realm = f"http://{self.headers['Host']}/token"
            return self.reply(
                401, WWW_Authenticate=f'Bearer realm="{realm}",service="here",scope="repository:{mode}:pull"')
        if kind == "manifests":
            return self.manifest(mode, time)
        return self.blob(mode, name.removeprefix("sha256:"), time)

    def token(self):
        if "Basic dXNlcjpwYXNz" != self.headers.get("Authorization"):
            return self.reply(401, b'{"details":"incorrect username or password"}')
        self.reply(200, b'{"token":"good","expires_in":300}')

    def manifest(self, mode, time):
        with open(folder + "/manifest", "rb") as file:
            body = file.read()
        kind = "application/vnd.oci.image.manifest.v1+json"
        if mode == "manifest-loop":
            return self.reply(302, Location=self.path)
        if mode == "manifest-endless":
            return self.endless()
        if mode == "manifest-large":
            return self.reply(200, body + b" " * (5 << 20), Content_Type=kind)
        if mode == "manifest-lie":
            return self.reply(200, body, Content_Type=kind, Docker_Content_Digest="sha256:" + "0" * 64)
        if mode == "manifest-garbage":
            return self.reply(200, b'{"schemaVersion":1}', Content_Type=kind)
        if mode == "headers":
            return self.reply(200, body, Content_Type=kind, X="x" * (1 << 20))
        if mode == "busy" and time < 3:
            return self.reply(503 if time == 1 else 429, Retry_After="0")
        if mode == "busy-always":
            return self.reply(503, Retry_After="0")
        self.reply(200, body, Content_Type=kind)

    def blob(self, mode, digest, time):
        path = folder + "/blobs/" + digest
        if self.command == "HEAD" and mode.startswith("push"):
            return self.reply(404)
        with open(path, "rb") as file:
            body = file.read()
        # Only what is large enough is a layer: configurations come as they should.
        if len(body) < 4096:
            return self.reply(200, body)
        start = 0
        asked = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked and mode not in ("cut-whole", "cut-always"):
            start = int(asked[1])
        if mode == "loop":
            return self.reply(307, Location=self.path + ("1" if "?" in self.path else "?n="))
        if mode.startswith("elsewhere"):
            with open(folder + "/elsewhere") as file:
                return self.reply(307, Location=file.read().strip() + "/v2/plain/blobs/sha256:" + digest)
        if mode == "endless":
            return self.endless()
        if mode == "long":
            return self.reply(200, body + b"x" * 10)
        if mode == "short":
            return self.reply(200, body[:-10])
        if mode == "wrong":
            return self.reply(200, bytes(len(body)))
        if mode == "range-lie" and start > 0:
            wrong = f"bytes {start - 1}-{len(body) - 2}/{len(body)}"
            return self.reply(206, body[start:], Content_Range=wrong)
        if mode.startswith("cut") and (time == 1 or mode == "cut-always") or mode == "range-lie":
            part = body[: 100 if mode == "cut-always" else len(body) // 2]
            self.reply(200, part, Content_Length=str(len(body)))
            return self.hang_up()
        if start:
            return self.reply(206, body[start:], Content_Range=f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.reply(200, body)

    def do_POST(self):
        self.begin()
        with lock:
            number = str(len(uploads))
            uploads[number] = b""
        self.reply(202, Location=f"/upload/{number}?mode=" + self.path.split("/")[2])

    def do_PATCH(self):
        self.upload()

    def do_PUT(self):
        if "/manifests/" in self.path:
            self.begin()
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with open(folder + "/put", "wb") as file:
                file.write(body)
            return self.reply(201)
        self.upload()

    def upload(self):
        time = self.begin()
        number = re.match(r"/upload/(\d+)", self.path)[1]
        length = int(self.headers.get("Content-Length", 0))
        if "mode=push-cut" in self.path and time == 1 and length > 4096:
            uploads[number] += self.rfile.read(length // 2)
            return self.hang_up()
        start = re.match(r"(\d+)-", self.headers.get("Content-Range", ""))
        if start and int(start[1]) != len(uploads[number]):
            return self.reply(416)
        uploads[number] += self.rfile.read(length)
        if self.command == "PATCH":
            return self.reply(202, Location=self.path, Range=f"0-{len(uploads[number]) - 1}")
        name = re.search(r"digest=sha256%3A([0-9a-f]+)", self.path)[1]
        with open(folder + "/pushed-" + name, "wb") as file:
            file.write(uploads[number])
        self.reply(201)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(f"listening on 127.0.0.1:{server.server_port}", flush=True)
sys.stderr = open(os.devnull, "w")
server.serve_forever()
