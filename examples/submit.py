# SPDX-License-Identifier: Apache-2.0
"""submit.py FILE: submits a declaration by requests, waits for its end, and takes what has arrived out of the inbox."""

import hashlib, json, os, sys, time
import requests

url = os.environ["SILTA_URL"]
silta = requests.Session()
silta.headers["Authorization"] = "Bearer " + os.environ["SILTA_TOKEN"]
silta.verify = os.environ.get("SILTA_ANCHORS", True)

def ask(method, path, **more):
    answer = silta.request(method, url + path, timeout=60, **more)
    if answer.status_code >= 400:  # application/problem+json
        sys.exit(f"{answer.status_code} {answer.json()['code']}: {answer.json()['detail']}")
    return answer.json() if answer.content else None

content = open(sys.argv[1], "rb").read()
key = '"' + hashlib.sha256(content).hexdigest()[:32] + '"'  # the same request under the same key is one submission
parts = {"parameters": (None, json.dumps({"declarant": "9000003-8", "application": "INTRASTAT", "contentFormat": "application/xml"}), "application/json"),
         "payload": ("declaration.xml", content, "application/xml")}
operation = ask("POST", "/v1/agencies/tulli/operations/upload", files=parts, headers={"Idempotency-Key": key})
while (state := ask("GET", operation["href"]))["state"] not in ("ended", "held"):
    time.sleep(0.2)
print("operation", state["id"], state["state"], state.get("ended", {}).get("end", state.get("heldBecause")))
for taken in ask("GET", "/v1/inbox?wait=5")["entries"]:
    entry = taken["entry"]
    print("entry", entry["position"], [event["kind"] for event in entry["events"]])
    ask("POST", f"/v1/inbox/{entry['position']}/ack", json={"epoch": taken["lease"]["epoch"]})
