#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# submit.sh FILE: submits a declaration by curl, waits for its end, and takes what has arrived out of the inbox.
# SILTA_URL, SILTA_TOKEN; and SILTA_ANCHORS, a PEM file, where the gateway's certificate is not one that this machine trusts.
set -euo pipefail
silta() { curl -sS --fail-with-body --oauth2-bearer "$SILTA_TOKEN" ${SILTA_ANCHORS:+--cacert "$SILTA_ANCHORS"} "$@"; }

# The same key with the same request is one submission, however often it is sent.
submitted=$(silta --retry 5 --retry-connrefused -H "Idempotency-Key: \"$(sha256sum "$1" | cut -c1-32)\"" \
    -F 'parameters={"declarant":"9000003-8","application":"INTRASTAT","contentFormat":"application/xml"};type=application/json' -F "payload=@$1;type=application/xml" \
    "$SILTA_URL/v1/agencies/tulli/operations/upload")
operation=$SILTA_URL$(jq -r .href <<<"$submitted")
until state=$(silta "$operation"); jq -e '.state == "ended" or .state == "held"' <<<"$state" >/dev/null; do sleep 0.2; done
jq -r '"operation \(.id) \(.state) \(.ended.end // .heldBecause) \(.ended.code // "")"' <<<"$state"

silta "$SILTA_URL/v1/inbox?wait=5" | jq -c '.entries[] | {position: .entry.position, epoch: .lease.epoch, events: [.entry.events[].kind]}' | while read -r entry; do
    echo "entry $entry"
    position=$(jq .position <<<"$entry")
    silta --json "$(jq -c '{epoch}' <<<"$entry")" "$SILTA_URL/v1/inbox/$position/ack" >/dev/null
done
