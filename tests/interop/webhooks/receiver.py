# SPDX-License-Identifier: Apache-2.0
"""Receives webhooks as their receivers do: the library of Standard Webhooks says whether a message is what it claims to be.

    receiver.py SECRET...      listens on loopback; the first line is the URL, then a line of JSON per message: {"id", "type", "keys", "verified", "reason"}

Message N is verified with secret N, further ones with the last. What holds is answered with 204, what does not with 401. It ends when its input ends.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class Receiver(BaseHTTPRequestHandler):
    secrets = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        secret = self.secrets.pop(0) if len(self.secrets) > 1 else self.secrets[0]
        said = {"id": self.headers["webhook-id"], "verified": True, "reason": ""}
        try:
            message = Webhook(secret).verify(body, dict(self.headers))
            said["type"] = message["type"]
            said["keys"] = [event["deduplicationKey"] for event in message["data"]["events"]]
        except WebhookVerificationError as error:
            said.update(verified=False, reason=str(error))
        self.send_response(204 if said["verified"] else 401)
        self.end_headers()
        print(json.dumps(said), flush=True)

    def log_message(self, *_):
        pass


def main():
    Receiver.secrets = sys.argv[1:]
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    print(f"http://127.0.0.1:{server.server_port}/in", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
