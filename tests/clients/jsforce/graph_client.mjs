// Microsoft's Graph client for JavaScript against the Graph sandbox, over TLS (NODE_EXTRA_CA_CERTS names its authority).
// Reads BASE_URL, AUTHORITY, CLIENT_ID, CLIENT_SECRET, MAILBOX; prints what it found as one JSON line.
import { Client } from "@microsoft/microsoft-graph-client";

const { BASE_URL, AUTHORITY, CLIENT_ID, CLIENT_SECRET, MAILBOX } = process.env;
const form = new URLSearchParams({
  grant_type: "client_credentials",
  client_id: CLIENT_ID,
  client_secret: CLIENT_SECRET,
  scope: "https://graph.microsoft.com/.default",
});
const token = await (await fetch(`${AUTHORITY}/oauth2/v2.0/token`, { method: "POST", body: form })).json();
const { origin, hostname } = new URL(BASE_URL);
const client = Client.init({
  baseUrl: `${origin}/`,
  defaultVersion: "v1.0",
  customHosts: new Set([hostname]),
  authProvider: (done) => done(null, token.access_token),
});

const made = await client.api(`/users/${MAILBOX}/events`).post({
  subject: "Made by the Graph client",
  start: { dateTime: "2027-03-05T09:00:00", timeZone: "UTC" },
  end: { dateTime: "2027-03-05T10:00:00", timeZone: "UTC" },
});
const listed = await client
  .api(`/users/${MAILBOX}/calendarView`)
  .query({ startDateTime: "2027-03-05T00:00:00Z", endDateTime: "2027-03-06T00:00:00Z" })
  .select("id,subject,start")
  .top(50)
  .get();
const changed = await client.api(`/users/${MAILBOX}/events/${made.id}`).patch({ subject: "Changed" });
let refusal = null;
try {
  await client.api(`/users/${MAILBOX}/events/nothing`).get();
} catch (error) {
  refusal = { status: error.statusCode, code: error.code };
}
await client.api(`/users/${MAILBOX}/events/${made.id}`).delete();

console.log(
  JSON.stringify({
    id: made.id,
    listed: listed.value.map(({ id }) => id),
    start: listed.value.find(({ id }) => id === made.id)?.start.dateTime,
    subject: changed.subject,
    refusal,
  }),
);
