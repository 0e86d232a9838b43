// SPDX-License-Identifier: Apache-2.0
//! Examples in the help of each command. They run as they stand in a folder that `silta init` made, those of a command one after the other.

/// `silta init`.
pub(crate) const INIT: &str = "\
Examples:
  silta init customs
  silta init receiver --agency tulli --agency vero --listener
  silta init silta --production --agency tulli --listener";

/// `silta describe`.
pub(crate) const DESCRIBE: &str = "\
Examples:
  silta describe tulli
  silta describe vero --json > vero.json";

/// `silta check`.
pub(crate) const CHECK: &str = "\
Examples:
  silta check
  silta check --config silta.toml --json > findings.json
  silta check --schemas package";

/// `silta wire`.
pub(crate) const WIRE: &str = "\
Examples:
  silta wire tulli --schemas package
  silta wire tulli --schemas package --config silta.toml --write
  silta wire suomifi-viestit --schemas return-channel";

/// `silta build`.
pub(crate) const BUILD: &str = "\
Examples:
  silta build tulli upload --params examples/upload.json --payload examples/declaration.xml --out upload.xml
  silta build tulli download --params examples/download.json --out download.xml --json > download.json";

/// `silta parse`.
pub(crate) const PARSE: &str = "\
Examples:
  silta build tulli download --params examples/download.json --out download.xml --json > download.json
  silta parse tulli download --request-json download.json --status 200 --body examples/download-answer.xml --documents documents
  silta parse tulli download --request-json download.json --no-answer   # exit code 3";

/// `silta send`.
pub(crate) const SEND: &str = "\
Examples:
  silta send tulli upload --params examples/upload.json --payload examples/declaration.xml --state upload.state   # exit code 9";

/// `silta validate`.
pub(crate) const VALIDATE: &str = "\
Examples:
  silta validate tulli --method POST --path /tulli/notify --header 'Content-Type: application/soap+xml' \\
      --client-cert pki/customs-signing.pem --body examples/notify-request.xml";

/// `silta ingest`.
pub(crate) const INGEST: &str = INGEST_MAIL;

/// `silta ingest mail`.
pub(crate) const INGEST_MAIL: &str = "\
Examples, with a mail of a simulated citizen:
  silta init letters --agency suomifi-mail
  silta sim suomifi-mail --pki letters/pki --listen 127.0.0.1:0 --drop mails --messages 1 --service-address kirjaamo@kunta.example \\
      --json --until-stdin-closes < /dev/null
  silta ingest mail mails/*.eml --config letters/silta.toml --agency suomifi-mail --from 010190-900P@asiointitili.fi \\
      --to kirjaamo@kunta.example --json";

/// `silta serve`.
pub(crate) const SERVE: &str = "\
Examples, in a folder that `silta init DIR --listener` made:
  silta serve
  silta serve --strict --listen 127.0.0.1:0";

/// `silta inbox`.
pub(crate) const INBOX: &str = INBOX_LIST;

/// `silta inbox list`.
pub(crate) const INBOX_LIST: &str = "\
Examples, in a folder in which `silta serve` has run:
  silta inbox list
  silta inbox list --all --agency vero --json";

/// `silta inbox show`.
pub(crate) const INBOX_SHOW: &str = "\
Examples:
  silta inbox show 1 --json";

/// `silta inbox follow`.
pub(crate) const INBOX_FOLLOW: &str = "\
Examples:
  silta inbox follow --json --count 1";

/// `silta inbox ack`.
pub(crate) const INBOX_ACK: &str = "\
Examples:
  silta inbox ack 1
  silta inbox ack --through 1";

/// `silta inbox export`.
pub(crate) const INBOX_EXPORT: &str = "\
Examples:
  silta inbox export --waiting --out exported --acknowledge";

/// `silta store`.
pub(crate) const STORE: &str = STORE_STATUS;

/// `silta store status`.
pub(crate) const STORE_STATUS: &str = "\
Examples, in a folder in which `silta serve` has run:
  silta store status
  silta store status --json";

/// `silta store check`.
pub(crate) const STORE_CHECK: &str = "\
Examples:
  silta store check";

/// `silta store backup`.
pub(crate) const STORE_BACKUP: &str = "\
Examples:
  silta store backup --out copy";

/// `silta store prune`.
pub(crate) const STORE_PRUNE: &str = "\
Examples:
  silta store prune";

/// `silta export`.
pub(crate) const EXPORT: &str = "\
Examples:
  silta export tulli --out tulli.wasm
  silta describe tulli --component tulli.wasm";

/// `silta xml`.
pub(crate) const XML: &str = XML_VERIFY;

/// `silta xml verify`.
pub(crate) const XML_VERIFY: &str = "\
Examples:
  silta xml sign examples/declaration.xml --key pki/builder.key.pem --cert pki/builder.pem --out signed.xml
  silta xml verify signed.xml --cert pki/builder.pem
  silta xml verify signed.xml --anchors pki/ca.pem --explain";

/// `silta xml c14n`.
pub(crate) const XML_C14N: &str = "\
Examples:
  silta xml c14n examples/declaration.xml --algorithm http://www.w3.org/2001/10/xml-exc-c14n#";

/// `silta xml sign`.
pub(crate) const XML_SIGN: &str = "\
Examples:
  silta xml sign examples/declaration.xml --key pki/builder.key.pem --cert pki/builder.pem --out signed.xml
  silta xml sign examples/declaration.xml --key pki/builder.key.pem --cert pki/builder.pem --algorithm rsa-pss-sha256 --out - > signed-pss.xml";

/// `silta sim`.
pub(crate) const SIM: &str = SIM_TULLI;

/// `silta sim tulli`.
pub(crate) const SIM_TULLI: &str = "\
Examples:
  silta sim tulli --pki pki
  silta sim tulli --pki pki --schemas package --listen 127.0.0.1:0 --until-stdin-closes < /dev/null
  silta sim tulli --pki pki --listen 127.0.0.1:0 --json --until-stdin-closes < /dev/null";

/// `silta sim suomifi`.
pub(crate) const SIM_SUOMIFI: &str = "\
Examples, once something listens there:
  silta sim suomifi --url https://localhost:8444/suomifi-viestit/ViranomaisPaluukanava --ca pki/ca.pem
  silta sim suomifi --url https://localhost:8444/suomifi-viestit/ViranomaisPaluukanava --ca pki/ca.pem --messages 10 --statuses 6 --reference ASIA-1 --json
  silta sim suomifi --url https://localhost:8444/suomifi-viestit/ViranomaisPaluukanava --ca pki/ca.pem --misbehave redelivered --misbehave wrong-count
  silta sim suomifi --url https://localhost:8444/suomifi-viestit/ViranomaisPaluukanava --ca pki/ca.pem \\
      --signer-cert pki/suomifi.pem --signer-key pki/suomifi.key.pem \\
      --misbehave altered-body --misbehave wrapped-body";

/// `silta sim suomifi-rest`.
pub(crate) const SIM_SUOMIFI_REST: &str = "\
Examples:
  silta sim suomifi-rest --pki pki
  silta sim suomifi-rest --pki pki --other-mailboxes not-in-use --misbehave drop-kept --misbehave token-expired
  silta sim suomifi-rest --pki pki --listen 127.0.0.1:0 --json --until-stdin-closes < /dev/null";

/// `silta sim vero`.
pub(crate) const SIM_VERO: &str = "\
Examples:
  silta sim vero --pki pki
  silta sim vero --pki pki --listen 127.0.0.1:0 --json --until-stdin-closes < /dev/null";

/// `silta sim suomifi-mail`.
pub(crate) const SIM_SUOMIFI_MAIL: &str = "\
Examples:
  silta sim suomifi-mail --pki pki
  silta sim suomifi-mail --pki pki --listen 127.0.0.1:0 --drop mails --messages 5 --service-address kirjaamo@kunta.example \\
      --json --until-stdin-closes < /dev/null";

/// `silta demo`.
pub(crate) const DEMO: &str = "\
Examples:
  silta demo
  silta demo --json > demo.json";

/// `silta version`.
pub(crate) const VERSION: &str = "\
Examples:
  silta version
  silta version --json > version.json";

/// `silta completions`.
pub(crate) const COMPLETIONS: &str = "\
Examples:
  silta completions bash > silta.bash
  silta completions fish > silta.fish";

/// `silta man`.
pub(crate) const MAN: &str = "\
Examples:
  silta man --out man
  silta man > silta.roff";

/// `silta submit`.
pub(crate) const SUBMIT: &str = "\
Examples, with a token that `silta token new` has made:
  silta submit tulli upload --params examples/upload.json --payload examples/declaration.xml --idempotency-key 4711 \\
      --url http://127.0.0.1:8446 --token-file erp.token   # exit code 8";

/// `silta operations`.
pub(crate) const OPERATIONS: &str = OPERATIONS_LIST;

/// `silta operations list`.
pub(crate) const OPERATIONS_LIST: &str = "\
Examples, in a folder in which `silta serve` has run:
  silta operations list
  silta operations list --state held --agency vero --json";

/// `silta operations show`.
pub(crate) const OPERATIONS_SHOW: &str = "\
Examples:
  silta operations show 17 --json   # exit code 4";

/// `silta operations resume`.
pub(crate) const OPERATIONS_RESUME: &str = "\
Examples, with a token that `silta token new --may decide` has made:
  silta operations resume 17 --url http://127.0.0.1:8446 --token-file operator.token   # exit code 8";

/// `silta operations cancel`.
pub(crate) const OPERATIONS_CANCEL: &str = "\
Examples, with a token that `silta token new --may decide` has made:
  silta operations cancel 17 --url http://127.0.0.1:8446 --token-file operator.token   # exit code 8";

/// `silta dead-letters`.
pub(crate) const DEAD_LETTERS: &str = DEAD_LETTERS_LIST;

/// `silta dead-letters list`.
pub(crate) const DEAD_LETTERS_LIST: &str = "\
Examples, with a token that `silta token new --may read` has made:
  silta dead-letters list --agency tulli --url http://127.0.0.1:8446 --token-file operator.token   # exit code 8";

/// `silta dead-letters show`.
pub(crate) const DEAD_LETTERS_SHOW: &str = "\
Examples, with a token that `silta token new --may read` has made:
  silta dead-letters show 17 --url http://127.0.0.1:8446 --token-file operator.token   # exit code 8";

/// `silta record`.
pub(crate) const RECORD: &str = "\
Examples:
  silta record key --out operator.key
  silta record list --dir recorded";

/// `silta record key`.
pub(crate) const RECORD_KEY: &str = "\
Examples:
  silta record key --out record.key
  silta record key --out other.key --json";

/// `silta record list`.
pub(crate) const RECORD_LIST: &str = "\
Examples:
  silta record list --dir recorded
  silta record list --dir recorded --agency tulli --limit 20 --json";

/// `silta record show`.
pub(crate) const RECORD_SHOW: &str = "\
Examples, with a file that `silta record list` shows:
  silta record show recorded/call.bundle   # exit code 8
  silta record show recorded/call.bundle --key record.key --json   # exit code 8";

/// `silta record replay`.
pub(crate) const RECORD_REPLAY: &str = "\
Examples, with a file that `silta record list` shows:
  silta record replay recorded/call.bundle --key record.key   # exit code 8
  silta record replay recorded --agency tulli --key record.key --component candidate.wasm --json   # exit code 8";

/// `silta acts`.
pub(crate) const ACTS: &str = "\
Examples, in a folder in which `silta serve` has run:
  silta acts --limit 20
  silta acts --operation 17 --json";

/// `silta replay`.
pub(crate) const REPLAY: &str = "\
Examples, with a token that `silta token new --may decide` has made:
  silta replay 17 18 --yes --url http://127.0.0.1:8446 --token-file operator.token   # exit code 8";

/// `silta token`.
pub(crate) const TOKEN: &str = TOKEN_NEW;

/// `silta token new`.
pub(crate) const TOKEN_NEW: &str = "\
Examples:
  silta token new --id erp
  silta token new --id operator --agencies tulli,vero --may read,decide --json";

/// `silta component`.
pub(crate) const COMPONENT: &str = COMPONENT_PACK;

/// `silta component new`.
pub(crate) const COMPONENT_NEW: &str = "\
Examples, where the variable SILTA_SDK names a clone of Silta's repository:
  silta component new parcels
  silta component new dog-gateway --agency dog-licences --dir dogs
  silta component new cat-gateway --lang js";

/// `silta component build`.
pub(crate) const COMPONENT_BUILD: &str = "\
Examples, where the variable SILTA_SDK names a clone of Silta's repository:
  silta component new parcels
  silta component build --dir parcels --out parcels.wasm";

/// `silta component test`.
pub(crate) const COMPONENT_TEST: &str = "\
Examples, where the variable SILTA_SDK names a clone of Silta's repository:
  silta component new parcels
  silta component test --dir parcels
  silta component test --dir parcels announcement notification --bless
  silta component test --dir parcels --recorded recorded --key record.key   # exit code 8";

/// `silta component diff`.
pub(crate) const COMPONENT_DIFF: &str = "\
Examples, with components that come with the program:
  silta export vero --out old.wasm
  silta export vero --out new.wasm
  silta component diff old.wasm new.wasm
  silta export tulli --out other.wasm
  silta component diff old.wasm other.wasm --json  # exit code 3
  silta component diff old.wasm new.wasm --recorded recorded --key record.key  # exit code 8";

/// `silta component wit`.
pub(crate) const COMPONENT_WIT: &str = "\
Examples:
  silta component wit
  silta component wit --out wit
  silta component wit --contract 0.1.0 --out published";

/// `silta component key`.
pub(crate) const COMPONENT_KEY: &str = "\
Examples:
  silta component key --out publisher.key";

/// `silta component pack`.
pub(crate) const COMPONENT_PACK: &str = "\
Examples, with a component that comes with the program:
  silta component key --out packer.key
  silta export tulli --out tulli.wasm
  silta component pack tulli.wasm --licence Apache-2.0 --out packages --key packer.key";

/// `silta component sign`.
pub(crate) const COMPONENT_SIGN: &str = "\
Examples:
  silta component key --out signer.key
  silta export vero --out vero.wasm
  silta component pack vero.wasm --licence Apache-2.0 --out unsigned
  silta component sign unsigned/vero-*.wasm --key signer.key";

/// `silta component inspect`.
pub(crate) const COMPONENT_INSPECT: &str = "\
Examples:
  silta export vero --out seen.wasm
  silta component pack seen.wasm --licence Apache-2.0 --out seen
  silta component inspect seen/vero-*.manifest.json";

/// `silta component verify`.
pub(crate) const COMPONENT_VERIFY: &str = "\
Examples:
  silta component key --out trusted.key
  silta export vero --out taken.wasm
  silta component pack taken.wasm --licence Apache-2.0 --out taken --key trusted.key
  silta component verify taken/vero-*.wasm --publisher trusted.key.pub --agency vero";

/// `silta component push`.
pub(crate) const COMPONENT_PUSH: &str = "\
Examples, where no registry listens at this port:
  silta export vero --out pushed.wasm
  silta component pack pushed.wasm --licence Apache-2.0 --out pushed
  silta component push 127.0.0.1:1/agencies/vero:0.1.0 pushed/vero-*.wasm   # exit code 9";

/// `silta component pull`.
pub(crate) const COMPONENT_PULL: &str = "\
Examples, where no registry listens at this port:
  silta component pull 127.0.0.1:1/agencies/vero:0.1.0   # exit code 9
  silta component pull 127.0.0.1:1/agencies/vero@sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad --out vero.wasm --json   # exit code 9";

/// `silta component deploy`.
pub(crate) const COMPONENT_DEPLOY: &str = "\
Examples, with a token that `silta token new --may deploy,read` has made:
  silta component deploy vero-0.2.0.wasm --agency vero --why 'a new interface' --url http://127.0.0.1:8446 --token-file operator.token   # exit code 8
  silta component deploy --agency vero=vero.wasm --agency tulli=tulli.wasm --url http://127.0.0.1:8446 --token-file operator.token   # exit code 8
  silta component deploy vero-0.2.0.wasm --agency vero --shadow=100 --url http://127.0.0.1:8446 --token-file operator.token   # exit code 8
  silta component deploy vero-0.2.0.wasm --agency vero --canary=50 --url http://127.0.0.1:8446 --token-file operator.token   # exit code 8
  silta component deploy 127.0.0.1:1/agencies/vero@sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad --agency vero --url http://127.0.0.1:8446 --token-file operator.token   # exit code 9";

/// `silta component promote`.
pub(crate) const COMPONENT_PROMOTE: &str = "\
Examples, with a token that `silta token new --may deploy,read` has made:
  silta component promote --agency vero --canary=50 --why 'a day without a difference' --yes --url http://127.0.0.1:8446 --token-file operator.token   # exit code 8
  silta component promote --agency vero --why 'a day without a difference' --yes --url http://127.0.0.1:8446 --token-file operator.token   # exit code 8";

/// `silta component discard`.
pub(crate) const COMPONENT_DISCARD: &str = "\
Examples, with a token that `silta token new --may deploy,read` has made:
  silta component discard --agency vero --why 'it answers otherwise' --url http://127.0.0.1:8446 --token-file operator.token   # exit code 8";

/// `silta component status`.
pub(crate) const COMPONENT_STATUS: &str = "\
Examples, with a token that `silta token new --may read` has made:
  silta component status --url http://127.0.0.1:8446 --token-file operator.token   # exit code 8";

/// `silta component rollback`.
pub(crate) const COMPONENT_ROLLBACK: &str = "\
Examples, with a token that `silta token new --may deploy` has made:
  silta component rollback --agency vero --why 'answers are refused' --yes --url http://127.0.0.1:8446 --token-file operator.token   # exit code 8";

/// `silta component history`.
pub(crate) const COMPONENT_HISTORY: &str = "\
Examples, with a token that `silta token new --may read` has made:
  silta component history --agency vero --url http://127.0.0.1:8446 --token-file operator.token   # exit code 8";

/// `silta platform`.
pub(crate) const PLATFORM: &str = PLATFORM_OPENAPI;

/// `silta platform openapi`.
pub(crate) const PLATFORM_OPENAPI: &str = "\
Examples:
  silta platform openapi";
