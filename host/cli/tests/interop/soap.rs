// SPDX-License-Identifier: Apache-2.0
//! SOAP messages against stacks that go by a WSDL: zeep as client, soap for node as service, lxml as judge of the schemas. The descriptions
//! are ours, in `tests/interop/tulli`: what they hold against each other is our reading of public documents and somebody else's reading
//! of SOAP, WSDL and XML Schema.

mod client;
mod notification;
mod reading;
mod service;
mod simulator;
mod stacks;
