#!/usr/bin/env node
// A connector in Node without dependencies: gets a token, walks the computers, polls events, decides a request, and sees in the
// sandbox's record what it sent.
//   reeve sandbox serve &
//   REEVE_URL=http://127.0.0.1:8080 node examples/connector.mjs
import assert from 'node:assert/strict';

const { REEVE_URL = 'http://127.0.0.1:8080', REEVE_CLIENT_ID = 'sandbox', REEVE_CLIENT_SECRET = 'sandbox-secret' } = process.env;

async function ask(path, request = {}, query = {}) {
  const address = new URL(path, REEVE_URL);
  for (const [name, value] of Object.entries(query)) address.searchParams.append(name, value);
  const answer = await fetch(address, request);
  if (!answer.ok) throw Object.assign(new Error(`${address.pathname}: ${answer.status} ${await answer.text()}`), { status: answer.status });
  return answer.json();
}

const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: REEVE_CLIENT_ID, client_secret: REEVE_CLIENT_SECRET });
const { access_token: token } = await ask('/oauth/connect/token', { method: 'POST', body: form });

const call = (path, query, body) => ask(`/management-api/v3/${path}`, {
  method: body === undefined ? 'GET' : 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: body === undefined ? undefined : JSON.stringify(body),
}, query);

// Every computer, page by page.
async function* computers() {
  for (let number = 1, pages = 1; number <= pages; number++) {
    const page = await call('Computers', { 'Pagination.PageSize': 10, 'Pagination.PageNumber': number });
    yield* page.data;
    pages = page.pageCount;
  }
}

// Every event; the next answer goes on behind the newest one of the last.
async function* events(since = '2000-01-01T00:00:00.000Z') {
  for (;;) {
    const { events: found } = await call('Events/FromStartDate', { StartDate: since, RecordSize: 500 });
    if (found.length === 0) return;
    yield* found;
    const newest = found.map((event) => event.event.ingested).sort().at(-1);
    since = new Date(Date.parse(`${newest.slice(0, 23)}Z`) + 1).toISOString();
  }
}

async function count(rows) {
  let seen = 0;
  for await (const row of rows) seen += row === undefined ? 0 : 1;
  return seen;
}

console.log('computers', await count(computers()));
console.log('events', await count(events()));

const waiting = await call('AuthorizationRequest', { 'Filter.Decision': 'Pending', 'Sorts[0].By': 'created', 'Sorts[0].Order': 'asc' });
const request = waiting.data[0].id;
const decided = await call('AuthorizationRequest/notification', {}, {
  status: '2000', decision: 'Approved', decisionPerformedByUser: 'Node example', duration: '2 Hours', itsmRequestId: request,
  decisionTime: '2025-01-01T00:00:00Z', message: 'Approved by an example', systemId: 'example-3', ticketId: 'EX0000003',
  ticketUrl: 'https://servicedesk.example.com/EX0000003',
});
assert.equal(decided.decision, 'Approved');
console.log('approved', request);

// What the sandbox saw of it; another server has no record.
try {
  const { records } = await ask('/sandbox/records', {}, { operation: 'AuthorizationRequest_Notification' });
  assert.equal(records.at(-1).response.status, 200);
  console.log('recorded');
} catch (error) {
  if (error.status !== 404) throw error;
}
