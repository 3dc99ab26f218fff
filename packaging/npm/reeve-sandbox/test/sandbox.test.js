import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SandboxError, findBinary, start } from '../index.js';

describe('a sandbox', () => {
  let sandbox;
  before(async () => {
    sandbox = await start({ computers: 12, events: 100 });
  });
  after(() => sandbox.stop());

  test('listens on a free port and has the data that was asked for', async () => {
    assert.match(sandbox.url, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    const page = await sandbox.api('GET', 'Computers', { query: { 'Pagination.PageSize': 5 } });
    assert.equal(page.data.length, 5);
    assert.equal(page.totalRecordCount, 12);
  });

  test('gives tokens that another client can use', async () => {
    const answer = await fetch(`${sandbox.url}/management-api/v2/Groups`, { headers: { authorization: `Bearer ${await sandbox.token()}` } });
    assert.equal(answer.status, 200);
  });

  test('takes changes', async () => {
    const id = await sandbox.api('POST', 'Groups', { body: { name: 'Of a test' } });
    const group = await sandbox.api('GET', `Groups/${id}`);
    assert.equal(group.name, 'Of a test');
  });

  test('tells a refusal with its status', async () => {
    await assert.rejects(sandbox.api('POST', 'Groups', { body: {} }), (error) => error instanceof SandboxError && error.status === 400);
  });

  test('goes back to its start, and to a snapshot', async () => {
    const count = async () => (await sandbox.api('GET', 'Groups')).totalRecordCount;
    await sandbox.reset();
    const first = await count();
    await sandbox.api('POST', 'Groups', { body: { name: 'One' } });
    await sandbox.snapshot('one-more');
    await sandbox.api('POST', 'Groups', { body: { name: 'Two' } });
    assert.equal(await count(), first + 2);
    await sandbox.restore('one-more');
    assert.equal(await count(), first + 1);
    await sandbox.reset();
    assert.equal(await count(), first);
  });

  test('lets calls go wrong, and well again', async () => {
    await sandbox.fault({ kind: 'unavailable', operation: 'Groups_List' });
    await assert.rejects(sandbox.api('GET', 'Groups'), (error) => error.status === 503);
    await sandbox.clearFaults();
    await sandbox.api('GET', 'Groups');
  });

  test('lets time pass and remembers what was asked', async () => {
    const earlier = new Date((await sandbox.control('GET', 'state')).clock);
    const later = await sandbox.advance(3600);
    assert.ok(later - earlier >= 3600 * 1000);
    await sandbox.api('GET', 'Groups', { query: { 'Pagination.PageSize': 1 } });
    const records = await sandbox.records({ operation: 'Groups_List' });
    assert.equal(records.at(-1).response.status, 200);
  });
});

test('two sandboxes of one seed show the same', async () => {
  const shown = [];
  for (let i = 0; i < 2; i++) {
    const sandbox = await start({ computers: 5, events: 20, seed: 7 });
    try {
      shown.push(JSON.stringify(await sandbox.api('GET', 'Computers')));
    } finally {
      await sandbox.stop();
    }
  }
  assert.equal(shown[0], shown[1]);
});

test('a stop is waited for and may come again', async () => {
  const sandbox = await start({ computers: 1, events: 0 });
  const { pid } = sandbox;
  await sandbox.stop();
  await sandbox.stop();
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

test('a program that does not start says why', async () => {
  await assert.rejects(start({ args: ['--no-such-option'] }), (error) => /no-such-option/.test(error.message));
  await assert.rejects(start({ binary: '/nonexistent/reeve' }), SandboxError);
});

test('the program comes from the option, the environment or PATH', () => {
  const binary = findBinary();
  assert.equal(findBinary(binary, {}), binary);
  assert.equal(findBinary(undefined, { REEVE_BINARY: binary }), binary);
  assert.throws(() => findBinary(undefined, { PATH: '/nonexistent' }), SandboxError);
});
