# SPDX-License-Identifier: Apache-2.0
"""Takes traces as a collector does: by the messages of the OpenTelemetry protocol itself, strictly, so that a field or a type that is not in them is refused.

    receiver.py      listens on loopback; the first line is the URL, then a line of JSON per span

It ends when its input ends.
"""

import base64
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

IDS = ("traceId", "spanId", "parentSpanId")


def as_protobuf(value):
    """OTLP writes ids in hexadecimal where JSON of Protobuf has bytes in base64; all else is the same."""
    if isinstance(value, list):
        return [as_protobuf(one) for one in value]
    if isinstance(value, dict):
        return {name: base64.b64encode(bytes.fromhex(of)).decode() if name in IDS else as_protobuf(of) for name, of in value.items()}
    return value


def said(resource, span):
    value = lambda it: getattr(it, it.WhichOneof("value"))
    return {
        "service": {it.key: value(it.value) for it in resource.attributes}.get("service.name"),
        "trace": span.trace_id.hex(),
        "id": span.span_id.hex(),
        "parent": span.parent_span_id.hex(),
        "name": span.name,
        "kind": span.kind,
        "nanoseconds": span.end_time_unix_nano - span.start_time_unix_nano,
        "failed": span.status.code == 2,
        "attributes": {it.key: value(it.value) for it in span.attributes},
    }


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_traces = self.path == "/v1/traces" and self.headers["Content-Type"] == "application/json"
        try:
            request = json_format.ParseDict(as_protobuf(json.loads(body)), ExportTraceServiceRequest())
        except (ValueError, json_format.ParseError) as error:
            print(json.dumps({"refused": str(error)}), flush=True)
            is_traces = False
        if is_traces:
            for of in request.resource_spans:
                for scope in of.scope_spans:
                    for span in scope.spans:
                        print(json.dumps(said(of.resource, span)), flush=True)
        answer = b"{}"
        self.send_response(200 if is_traces else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    print(f"http://127.0.0.1:{server.server_port}/v1/traces", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


main()
