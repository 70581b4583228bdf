import { RoundTrips } from './round-trips.js';

const message = (kind: string, body: string): Buffer => {
  const bytes = Buffer.alloc(5 + body.length);
  bytes.write(kind, 0);
  bytes.writeUInt32BE(4 + body.length, 1);
  bytes.write(body, 5);
  return bytes;
};
const answer = Buffer.concat([message('D', 'Z in a row is no end'), message('C', 'SELECT 1'), message('Z', 'I')]);

it('counts answers, and not the letters in them', () => {
  const roundTrips = new RoundTrips();
  expect([answer, Buffer.concat([answer, answer])].map((bytes) => roundTrips.read(bytes))).toEqual([1, 2]);
});

it.each([1, 3, 7, 40])('counts the same when they come in pieces of %i bytes', (size) => {
  const bytes = Buffer.concat([answer, answer, answer]);
  const roundTrips = new RoundTrips();
  let ended = 0;
  for (let at = 0; at < bytes.length; at += size) ended += roundTrips.read(bytes.subarray(at, at + size));
  expect(ended).toBe(3);
});
