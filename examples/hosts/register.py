# SPDX-License-Identifier: Apache-2.0
"""python register.py vero.wasm: builds the request that registers for the Tax Administration's push, without sending it, and prints it."""

import json
import sys

from silta import Agency, Host

agency = Agency(sys.argv[1])
host = Host(settings=json.dumps({"environment": "FIS", "url": "https://vero.example/FIS"}),
            secrets={"callback": [b"bWFkZSB1cCBmb3IgdGhpcyBleGFtcGxl"]})
parameters = json.dumps({"callbackUrl": "https://silta.example/vero/Notify/v1"})
# Operation, parameters, payload, attachments, cursor, step: `envelope.build` of the contract.
built = agency.call(host, "envelope.build", "register-push", parameters, None, [], None, None)
request = built["val"]
print(request["target"]["val"]["method"], request["target"]["val"]["url"])
print(request["body"].bytes.decode())
