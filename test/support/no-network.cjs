// Loaded before a program (`node --require`): whatever would open a socket or look up a name fails, and is noted in the file
// that ACNET_TEST_SOCKETS names. Threads and Node processes that the program starts are watched too.
const dgram = require('node:dgram');
const dns = require('node:dns');
const { appendFileSync } = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const net = require('node:net');

function refuse(what) {
  appendFileSync(process.env.ACNET_TEST_SOCKETS, `${what}\n`);
  throw new Error(`this test allows no network: ${what}`);
}

// http, https, tls and http2 go through these.
net.Socket.prototype.connect = () => refuse('net.connect');
net.Server.prototype.listen = () => refuse('net.listen');
dgram.createSocket = () => refuse('dgram.createSocket');
for (const module of [dns, dns.promises]) {
  for (const name of Object.keys(module)) {
    if (/^(lookup|resolve|reverse)/.test(name)) module[name] = () => refuse(`dns.${name}`);
  }
}
const { fetch } = globalThis;
globalThis.fetch = (what, ...rest) => {
  // WebAssembly is loaded so, out of the bundle itself.
  if (String(what).startsWith('data:')) return fetch(what, ...rest);
  return refuse('fetch');
};
globalThis.WebSocket = globalThis.EventSource = class {
  constructor() {
    refuse('WebSocket');
  }
};
syncBuiltinESMExports();
