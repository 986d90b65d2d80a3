// jsforce against the Salesforce sandbox. Reads LOGIN_URL, CLIENT_ID, CLIENT_SECRET; prints what it found as one JSON line.
import jsforce from "jsforce";

const { LOGIN_URL: loginUrl, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret } = process.env;
const oauth2 = { clientId, clientSecret, loginUrl };
const connection = new jsforce.Connection({ instanceUrl: loginUrl, oauth2, version: "67.0" });
await connection.authorize({ grant_type: "client_credentials" });

const hour = (number) => ({
  Subject: `Talk ${number}`,
  StartDateTime: "2026-11-24T09:00:00Z",
  DurationInMinutes: 60,
});
const made = await connection.sobject("Event").create(hour(0));
const many = [];
for (let batch = 0; batch < 3; batch++) {
  const rows = Array.from({ length: 150 }, (_, number) => hour(batch * 150 + number + 1));
  many.push(...(await connection.sobject("Event").create(rows)));
}
const changed = await connection.sobject("Event").update(many.slice(0, 150).map(({ id }) => ({ Id: id, Subject: "Changed" })));

const fetched = [];
await new Promise((resolve, reject) => {
  connection
    .query("SELECT Id, Subject, Owner.Name FROM Event ORDER BY Id")
    .on("record", (record) => fetched.push(record))
    .on("end", resolve)
    .on("error", reject)
    .run({ autoFetch: true, maxFetch: 10_000 });
});
const described = await connection.sobject("Event").describe();
const limits = await connection.limits();
let refusal = null;
try {
  await connection.sobject("Event").create({ ...hour(0), ShowAs: "Tentative" });
} catch (error) {
  refusal = { name: error.name, code: error.errorCode };
}
const removed = await connection.sobject("Event").destroy(made.id);

console.log(
  JSON.stringify({
    instanceUrl: connection.instanceUrl,
    created: made.success,
    many: many.filter((row) => row.success).length,
    changed: changed.filter((row) => row.success).length,
    fetched: fetched.length,
    renamed: fetched.filter((row) => row.Subject === "Changed").length,
    owner: fetched[0].Owner.Name,
    fields: described.fields.length,
    limit: limits.DailyApiRequests.Max,
    usage: connection.limitInfo.apiUsage,
    refusal,
    removed: removed.success,
  }),
);
