/* A whole session through a client whose types were generated from the served definition. Every answer is checked by a
   validator against the same definition. Prints "session passed, N answers valid". */
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import createClient, { type Middleware } from "openapi-fetch";
import type { paths } from "./v3.js";

const url = process.env["REEVE_URL"]!;
const definition = JSON.parse(readFileSync(process.env["REEVE_DEFINITION"]!, "utf8"));

function ensure<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Error(`no ${what}`);
  return value;
}

async function signIn(): Promise<string> {
  const answer = await fetch(`${url}/oauth/connect/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: process.env["REEVE_CLIENT_ID"]!,
      client_secret: process.env["REEVE_CLIENT_SECRET"]!,
    }),
  });
  if (!answer.ok) throw new Error(`token: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { access_token: string }).access_token;
}

/* Moments come with and without a zone, as clients of the original expect them. */
const ajv = new Ajv({ strict: false, allErrors: true, formats: { uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/, int32: true, int64: true, double: true, binary: true, date: true, uri: true } });
ajv.addSchema(definition, "definition");
let valid = 0;

const check: Middleware = {
  async onResponse({ response, schemaPath, request }) {
    const operation = definition.paths[schemaPath]?.[request.method.toLowerCase()];
    const documented = operation?.responses[String(response.status)];
    if (!documented) throw new Error(`${request.method} ${schemaPath}: ${response.status} is not documented`);
    const type = (response.headers.get("Content-Type") ?? "").split(";")[0]!;
    if (type.endsWith("json") && documented.content?.[type]?.schema) {
      const escape = (text: string) => encodeURIComponent(text.replaceAll("~", "~0").replaceAll("/", "~1"));
      const place = ["paths", schemaPath, request.method.toLowerCase(), "responses", String(response.status), "content", type, "schema"].map(escape).join("/");
      const validate = ensure(ajv.getSchema(`definition#/${place}`), `schema at ${place}`);
      if (!validate(await response.clone().json())) throw new Error(`${request.method} ${schemaPath}: ${ajv.errorsText(validate.errors)}`);
    }
    valid++;
    return undefined;
  },
};

const policy = (revision: number) => `<?xml version="1.0" encoding="utf-8"?>
<Configuration ID="7a7e1c50-1111-4222-8333-444455556666" Version="24.8.98.0" ConfigRevision="${revision}" RevisionNumber="0">
  <ApplicationGroups/><MessagePolicies/><Policies/>
</Configuration>
`;

async function main(): Promise<void> {
  const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${await signIn()}` } });
  client.use(check);
  const form = (fields: Record<string, string | Blob>) => () => {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.append(name, value);
    return data;
  };

  const about = await client.GET("/management-api/v3/About");
  ensure(about.data?.consoleVersion, "console version");

  const group = ensure((await client.POST("/management-api/v3/Groups", { body: { name: "typed", description: "by a generated client", default: true } })).data, "group id");
  const twin = await client.POST("/management-api/v3/Groups", { body: { name: "TYPED" } });
  if (twin.response.status !== 409) throw new Error("a second group of that name");
  ensure(twin.error?.detail, "detail of the conflict");

  const made = ensure((await client.POST("/management-api/v3/Policies", { body: {} as never, bodySerializer: form({ name: "typed", file: new Blob([policy(1)], { type: "application/xml" }) }) })).data, "policy id");
  await client.POST("/management-api/v3/Policies/{id}/Upload", { params: { path: { id: made } }, body: {} as never, bodySerializer: form({ file: new Blob([policy(2)], { type: "application/xml" }) }) });
  const revisions = ensure((await client.GET("/management-api/v3/Policies/{id}/Revisions", { params: { path: { id: made } } })).data, "revisions");
  const newest = ensure(revisions.map((row) => row.id).at(0), "newest revision");
  await client.POST("/management-api/v3/Groups/{id}/AssignPolicyRevision", { params: { path: { id: group } }, body: { policyRevisionId: newest } });
  const assigned = ensure((await client.GET("/management-api/v3/Groups/{id}", { params: { path: { id: group } } })).data, "group");
  if (assigned.policyRevisionId !== newest) throw new Error("the revision was not assigned");

  const page = ensure((await client.GET("/management-api/v3/Computers", { params: { query: { "Pagination.PageSize": 1000 } } })).data, "computers");
  const computer = ensure(page.data?.at(0)?.id, "computer");
  ensure((await client.GET("/management-api/v3/Computers/{id}", { params: { path: { id: computer } } })).data?.endpointInformation, "facts");
  await client.POST("/management-api/v3/Computers/{id}/Archive", { params: { path: { id: computer } } });
  if ((await client.GET("/management-api/v3/Computers/{id}", { params: { path: { id: computer } } })).data?.archived !== true) throw new Error("not archived");
  await client.POST("/management-api/v3/Computers/{id}/Unarchive", { params: { path: { id: computer } } });

  const events = ensure((await client.GET("/management-api/v3/Events/FromStartDate", { params: { query: { StartDate: "2020-01-01T00:00:00Z", RecordSize: 100 } } })).data, "events");
  if (events.totalRecordsReturned !== events.events?.length) throw new Error("the number of events");
  ensure((await client.GET("/management-api/v3/ActivityAudits/Details", { params: { query: { "Pagination.PageSize": 200 } } })).data?.data?.at(0), "audit");
  ensure((await client.GET("/management-api/v3/Roles")).data?.at(0)?.name, "role");
  ensure((await client.GET("/management-api/v3/GlobalRoles")).data?.data?.at(0), "global role");
  for (const path of ["/management-api/v3/Users", "/management-api/v3/AuthorizationRequest", "/management-api/v3/AuthorizationRequestAudits", "/management-api/v3/AdminAccessRequest"] as const) {
    ensure((await client.GET(path)).data?.data, path);
  }
  const missing = await client.GET("/management-api/v3/Computers/{id}", { params: { path: { id: "00000000-0000-4000-8000-000000000000" } } });
  if (missing.response.status !== 404) throw new Error("a computer that is not there");
  console.log(`session passed, ${valid} answers valid`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
